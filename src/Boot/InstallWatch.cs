using System;
using Aglet.Config;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Boot;

/// <summary>
/// Follows each machine from its network boot to its installed system: who may have an answer file, what was installed,
/// and when a machine is done. Each rule prefers what destroys nothing.
/// </summary>
/// <remarks>
/// A machine that is to be installed once is installed again as long as nobody said that it is done: an install that
/// failed half way leaves nothing worth keeping, and a disk that does not boot helps nobody. It is done when
/// <list type="bullet">
/// <item>its installer reports it (<c>done_url</c>), with the token of the boot, from the machine's address. That is the one
/// strong sign, and the only one for a machine that asks the network first on each boot: when it comes back without having
/// reported, its install has failed, as far as anybody can know.</item>
/// <item>its own system was seen (<see cref="OnSystem"/>): a DHCP client other than the installer's starts anew on the
/// machine, twenty minutes or more after it read its answer file, and no firmware asked in between. What runs there
/// came from a disk. This protects a machine that boots its disk first and whose answer file does not report: the day
/// that disk order is lost, it is not erased. An installer with two DHCP clients (Anaconda's first and second stage)
/// starts the second one within minutes.</item>
/// </list>
/// A report that was taken note of wrongly costs an <c>aglet again</c>; one that was missed costs an install.
/// </remarks>
internal sealed class InstallWatch
{
    /// <summary>From a network boot until the last answer file is asked for, at the longest.</summary>
    /// <remarks>
    /// In between lie a menu that waits for somebody, a large initrd by TFTP in a crowd of machines, an installer's tests
    /// of its hardware, and Anaconda's second look. Two hours are enough for all of it and end long before the next shift:
    /// a token that somebody finds in a log of the machine is worth nothing then.
    /// </remarks>
    public static readonly Duration AnswerTime = Duration.FromSeconds(2 * 3600);

    /// <summary>A firmware's DISCOVER, its repeats, its REQUEST and port 4011: EDK2 takes a minute when nobody answers.</summary>
    private static readonly Duration _firmwareTime = Duration.FromSeconds(60);

    /// <summary>From a firmware to the iPXE that it loads, and to a script of it that asks DHCP again.</summary>
    private static readonly Duration _chainTime = Duration.FromSeconds(600);

    /// <summary>What asks DHCP sooner after the answer file may be the installer's second stage.</summary>
    private static readonly Duration _seenAfter = Duration.FromSeconds(20 * 60);

    private readonly ClientTable _clients;
    private readonly InstallTable _table;
    private readonly TokenSource _tokens;
    private readonly Log? _log;

    public InstallWatch(ClientTable clients, InstallTable table, TokenSource tokens, Log? log)
    {
        _clients = clients;
        _table = table;
        _tokens = tokens;
        _log = log;
    }

    /// <summary>The installs of all machines.</summary>
    public InstallTable Table => _table;

    /// <summary>Refusals by reason.</summary>
    public Counters<AnswerRefusal> Refusals { get; } = new();

    /// <summary>Where <c>aglet again</c> leaves its requests; null for nowhere.</summary>
    public AgainRequests? Again { get; set; }

    /// <summary>True when a DHCP message is the first of a new boot; called before the message is noted.</summary>
    /// <remarks>
    /// Every boot program of one boot shows the same token, so iPXE's messages belong to the boot of the firmware before
    /// them, and its repeated <c>dhcp</c> to its first. Once the answer file was read the boot programs are over: whatever
    /// firmware or iPXE asks then is a new boot. So it is when the last script had no token in it, as that of a machine
    /// which went on to its disk: nobody has anything that a new token would spoil.
    /// </remarks>
    public bool IsNewBoot(Instant now, int slot, BootStage stage)
    {
        if (stage == BootStage.System) return false;
        ref readonly ClientRecord record = ref _clients[slot];
        if (record.Token.IsNone || record.AnsweredAt != Instant.Never || record.HasPlainScript) return true;
        Duration age = now - record.TokenSince;
        if (stage == BootStage.Ipxe) return age >= _chainTime;
        return age >= _firmwareTime || record.Stage == BootStage.Ipxe;
    }

    /// <summary>A boot begins: it gets a token, and the one before is worth nothing any more.</summary>
    public void BeginBoot(Instant now, int slot, in BootDocument about)
    {
        _clients.SetToken(slot, _tokens.Next(), now);
        int install = _table.Find(KeyOf(about));
        if (install >= 0 && _table[install].State == InstallState.Installing) OnFailed(now, install, about);
        if (!IsOnce(about))
        {
            // It is installed whenever it boots from the network.
            if (install >= 0 && _table[install].State == InstallState.Installed) _table.Arm(install, now, _table[install].Again);
            return;
        }

        if (Again is null || !Again.TryRead(KeyOf(about), out UInt128 request)) return;
        if (install < 0) install = _table.Touch(KeyOf(about));
        if (install < 0 || _table[install].Again == request) return;
        _table.Arm(install, now, request);
        Tell(LogLevel.Info, "armed"u8, about.Client, "is armed by 'aglet again': it is installed at this boot"u8);
    }

    /// <summary>What a machine's installs mean for what it boots.</summary>
    public DocumentTraits TraitsOf(in BootDocument about) =>
        _table.Find(KeyOf(about)) is int install and >= 0 && _table[install].State == InstallState.Installed
            ? DocumentTraits.Installed
            : DocumentTraits.None;

    /// <summary>A script for a machine: with what it must know of this boot, when its machine asks.</summary>
    public BootDocument ForScript(Instant now, in AskerLookup lookup, in Asker asker, BootDocument document)
    {
        document = document with { Traits = document.Traits | TraitsOf(document) };
        if (document.Client.IsNone || !lookup.MayLearnToken(asker, document.Client)) return document;
        BootDocument about = document;
        bool hasAnswer = HasAnswer(new BootSubject(document));
        if (_clients.Find(document.Client) is int known and >= 0) _clients.SetScript(known, isPlain: !hasAnswer);
        if (!hasAnswer) return document;
        int slot = _clients.Touch(document.Client);
        Adopt(slot, document);
        if (BeginsWithScript(now, slot, document.Catalog!.Settings.DhcpMode)) BeginBoot(now, slot, about);
        ref readonly ClientRecord record = ref _clients[slot];
        int install = _table.Touch(KeyOf(document));
        if (install >= 0) _table.SetBoot(install, document.Client, record.Token, record.TokenSince);
        return document with { Token = record.Token };
    }

    /// <summary>Says whether an answer file is given, takes note of it and puts into it what its machine must know.</summary>
    public AnswerRefusal ForAnswer(
        Instant now, in AskerLookup lookup, in Asker asker, BootToken shown, CatalogImage image, ref BootDocument document)
    {
        HardwareAddress owner = document.Client;
        int slot = _clients.Find(owner);
        int install = _table.Find(KeyOf(document));
        if (install >= 0 && _table[install].HardwareAddress == owner && !_table[install].Token.IsNone)
        {
            if (slot < 0) slot = _clients.Touch(owner);
            Adopt(slot, document);
        }

        AnswerRefusal refusal = AnswerRefusal.None;
        if (!image.IsOpen) refusal = RefusalOf(now, lookup, asker, shown, slot, install, owner);
        if (refusal != AnswerRefusal.None) return refusal;
        bool isOwner = slot >= 0 && (!image.IsOpen || lookup.MayLearnToken(asker, owner));
        if (!isOwner) return AnswerRefusal.None;
        document = document with { Token = _clients[slot].Token };
        _clients.SetAnswered(slot, now);
        if (install >= 0 && !document.Token.IsNone && _table[install].Token == document.Token
            && _table[install].State != InstallState.Installed)
        {
            _table.SetInstalling(install, now, image.Name);
        }

        return AnswerRefusal.None;
    }

    /// <summary>An installer reports that it is done. Telling it twice changes nothing.</summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="lookup">Who asks.</param>
    /// <param name="asker">Who asks.</param>
    /// <param name="shown">The token in the URL.</param>
    /// <param name="owner">Whose token it is; none when it is nobody's.</param>
    public AnswerRefusal ForDone(
        Instant now, in AskerLookup lookup, in Asker asker, BootToken shown, out HardwareAddress owner)
    {
        owner = default;
        int install = _table.Find(shown);
        if (install < 0) return AnswerRefusal.WrongToken;
        owner = _table[install].HardwareAddress;
        AnswerRefusal refusal = lookup.RefusalOf(asker, owner, isSecret: false);
        if (refusal != AnswerRefusal.None) return refusal;
        bool isNews = _table[install].State != InstallState.Installed;
        _table.SetInstalled(install, now, InstallProof.Reported);
        if (isNews) Tell(LogLevel.Info, "installed"u8, owner, "reports that its install is done"u8);
        return AnswerRefusal.None;
    }

    /// <summary>A DHCP client that is no boot program's starts on a machine; called after it was noted.</summary>
    public void OnSystem(Instant now, int slot, in BootDocument about)
    {
        ref readonly ClientRecord record = ref _clients[slot];
        bool isOther = record.InstallerMark != 0 && record.SystemMark != record.InstallerMark;
        if (!isOther || record.AnsweredAt == Instant.Never || now - record.AnsweredAt < _seenAfter) return;
        int install = _table.Find(KeyOf(about));
        if (install < 0 || _table[install].State != InstallState.Installing) return;
        _table.SetInstalled(install, now, InstallProof.Seen);
        Tell(LogLevel.Info, "installed"u8, about.Client, "runs a system of its own: its install counts as done"u8);
    }

    /// <summary>Takes a machine's install as done, to see what then becomes of it.</summary>
    public void Assume(in BootDocument about)
    {
        int install = _table.Touch(KeyOf(about));
        Check.That(install >= 0);
        _table.SetInstalled(install, default, InstallProof.Reported);
    }

    /// <summary>Whose install a document is about.</summary>
    public static InstallKey KeyOf(in BootDocument about) =>
        about.Machine is null ? new(about.Client) : new(about.Machine.Name);

    private static bool IsOnce(in BootDocument about) => about.Machine?.IsOnce ?? about.Group?.IsOnce ?? false;

    private static bool HasAnswer(in BootSubject subject)
    {
        BootPlan plan = subject.Plan();
        if (plan.Kind != PlanKind.Menu) return plan.Image is { Answer: not null };
        foreach (CatalogImage image in plan.Menu!.Items)
        {
            if (image.Answer is not null) return true;
        }

        return false;
    }

    private AnswerRefusal RefusalOf(
        Instant now, in AskerLookup lookup, in Asker asker, BootToken shown, int slot, int install, HardwareAddress owner)
    {
        if (shown.IsNone) return AnswerRefusal.NoToken;
        BootToken expected = slot < 0 ? default : _clients[slot].Token;
        if (expected.IsNone) return AnswerRefusal.NotBooted;
        if (shown != expected)
        {
            bool isEarlier = shown == _clients[slot].EarlierToken || (install >= 0 && shown == _table[install].Token);
            return isEarlier ? AnswerRefusal.EarlierToken : AnswerRefusal.WrongToken;
        }

        AnswerRefusal refusal = lookup.RefusalOf(asker, owner, isSecret: true);
        if (refusal != AnswerRefusal.None) return refusal;
        if (now - _clients[slot].TokenSince >= AnswerTime) return AnswerRefusal.Late;
        bool isDone = install >= 0 && _table[install].State == InstallState.Installed;
        return isDone ? AnswerRefusal.InstallDone : AnswerRefusal.None;
    }

    /// <summary>After a restart of ours the boot that was under way is known by what was written down of it.</summary>
    private void Adopt(int slot, in BootDocument about)
    {
        if (!_clients[slot].Token.IsNone) return;
        int install = _table.Find(KeyOf(about));
        if (install < 0 || _table[install].Token.IsNone || _table[install].HardwareAddress != about.Client) return;
        _clients.SetToken(slot, _table[install].Token, _table[install].BootedAt);
        if (_table[install].State == InstallState.Installing) _clients.SetAnswered(slot, _table[install].Since);
    }

    /// <summary>Where no DHCP of a machine was heard, its script is the first that is known of its boot.</summary>
    private bool BeginsWithScript(Instant now, int slot, DhcpMode mode)
    {
        ref readonly ClientRecord record = ref _clients[slot];
        if (record.Token.IsNone) return true;
        Duration age = now - record.TokenSince;
        if (age >= AnswerTime) return true;
        return mode == DhcpMode.Off && (age >= _chainTime || record.AnsweredAt != Instant.Never);
    }

    private void OnFailed(Instant now, int install, in BootDocument about)
    {
        _table.SetFailed(install, now);
        Tell(LogLevel.Warning, "install-failed"u8, about.Client, "boots again without having reported its install as done"u8);
    }

    private void Tell(LogLevel level, scoped ReadOnlySpan<byte> name, HardwareAddress machine, scoped ReadOnlySpan<byte> text)
    {
        if (_log is null) return;
        _log.Write(level, name, machine, $"{text}");
    }
}
