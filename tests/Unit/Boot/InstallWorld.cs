using System;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Core;
using Aglet.Journal;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Tests.Simulation;
using Aglet.Time;
using Xunit;
using static Aglet.Tests.Unit.Boot.BootFixture;

namespace Aglet.Tests.Unit.Boot;

/// <summary>A planner with real chance, a clock and a journal, and machines that boot, install and report.</summary>
internal sealed class InstallWorld
{
    public const string Folder = "/var/lib/aglet";
    private readonly Settings _settings;

    public InstallWorld(Settings? settings = null)
    {
        _settings = settings ?? Once;
        Kernel.Files.Add(Folder + "/keep", []);
        Start();
    }

    /// <summary>The rack, with node1 installed once.</summary>
    public static Settings Once { get; } = Rack with
    {
        Machines = [Rack.Machines[0] with { IsOnce = true, Serial = "SN1" }, Rack.Machines[1], Rack.Machines[2]],
        Images =
        [
            Rack.Images[0] with
            {
                Answer = new(AnswerKind.Preseed, "a.cfg", Utf8("password {{ root_hash }}\ndone {{ done_url }}\n")),
            },
            Rack.Images[1], Rack.Images[2],
        ],
    };

    public SimKernel Kernel { get; } = new(1, FaultRates.None);

    public BootPlanner Planner { get; private set; } = null!;

    public StateJournal Journal { get; private set; } = null!;

    public InstallWatch Installs => Planner.Installs;

    /// <summary>A server starts, or starts again.</summary>
    public void Start()
    {
        Kernel.Kill();
        Log log = new(Kernel, least: LogLevel.Debug);
        StateJournal? journal = StateJournal.Open(Kernel, log, Folder, out string problem);
        Assert.Equal("", problem);
        Journal = journal!;
        Planner = new BootPlanner(Catalog(_settings), log, tokens: new TokenSource(Kernel));
        _ = new InstallJournal(Journal, Installs.Table);
        Installs.Again = new AgainRequests(Kernel, Folder);
        Assert.True(Journal.TryReplay(Kernel.Now(), out problem), problem);
    }

    /// <summary>The power goes off and on.</summary>
    public void PowerCut()
    {
        Kernel.Kill();
        Kernel.Disk.Restart();
        Start();
    }

    public void Pass(long seconds) => Kernel.Network.AdvanceTo(Kernel.Now() + Duration.FromSeconds(seconds));

    /// <summary>A firmware asks, and has its address.</summary>
    public string Offer(HardwareAddress mac, Ipv4Address address, BootStage stage = BootStage.Firmware, ulong mark = 0)
    {
        BootClient client = Firmware(mac, "x64-uefi") with { Stage = stage, IpxeHasHttp = true, SystemMark = mark };
        string reason = Encoding.UTF8.GetString(Planner.Offer(Kernel.Now(), client, OurAddress).Reason);
        Planner.Bind(mac, address);
        Journal.Commit(Kernel.Now());
        return reason;
    }

    public string Script(HardwareAddress mac, Ipv4Address asker)
    {
        string path = $"_/ipxe/{mac.ToString().Replace(':', '-')}/boot.ipxe";
        Assert.Equal(ContentStatus.Found, Find(path, new(asker, OurAddress, FileProtocol.Http), out string text));
        Journal.Commit(Kernel.Now());
        return text;
    }

    /// <summary>A boot up to its script: the token in it, or nothing.</summary>
    public string Boot(HardwareAddress mac, Ipv4Address address)
    {
        Offer(mac, address);
        Offer(mac, address, BootStage.Ipxe);
        return TokenOf(Script(mac, address));
    }

    public static string TokenOf(string script)
    {
        int at = script.IndexOf("/_/answer/", StringComparison.Ordinal);
        if (at < 0) return "";
        string[] parts = script[at..].Split('/');
        return parts[4].Length == BootToken.TextBytes ? parts[4] : "";
    }

    public ContentStatus Ask(string token, Ipv4Address asker, HardwareAddress says = default, string serial = "") =>
        Ask(token, asker, out _, says, serial);

    public ContentStatus Ask(
        string token, Ipv4Address asker, out string text, HardwareAddress says = default, string serial = "")
    {
        string path = token.Length == 0
            ? "_/answer/52-54-00-00-00-01/debian-12/preseed.cfg"
            : AnswerPath(Node1, "debian-12", "preseed.cfg", token);
        MachineTags tags = new(new ShortText(Utf8(serial)));
        ContentStatus status = Find(path, new(asker, OurAddress, FileProtocol.Http, says, tags), out text);
        Journal.Commit(Kernel.Now());
        return status;
    }

    public ContentStatus Done(string token, Ipv4Address asker) =>
        Find($"_/done/{token}", new(asker, OurAddress, FileProtocol.Http), out _);

    public ulong Refused(AnswerRefusal refusal) => Installs.Refusals[refusal];

    public InstallEntry Entry(string name = "node1")
    {
        int slot = Installs.Table.Find(new InstallKey(Utf8(name)));
        Assert.True(slot >= 0);
        return Installs.Table[slot];
    }

    public ContentStatus Find(string path, in Asker asker, out string text)
    {
        ContentStatus status = Planner.Find(Kernel.Now(), Utf8(path), asker, out Content content);
        byte[] room = new byte[4096];
        text = status == ContentStatus.Found ? Encoding.UTF8.GetString(room, 0, BootPlanner.Render(content.Document, room)) : "";
        if (status == ContentStatus.Found) Assert.Equal(content.Length, text.Length);
        return status;
    }
}
