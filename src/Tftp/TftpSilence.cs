using Aglet.Config;
using Aglet.Core;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Tftp;

/// <summary>
/// The machines that fell silent as soon as larger blocks or windows came: some boot ROMs do, and are content with the
/// plain protocol. A table of fixed size by address; it remembers, too, whom larger blocks did no harm.
/// </summary>
internal sealed class TftpSilence(TftpReport report)
{
    /// <summary>
    /// After so many resends without an answer it is not the network: 15 s. EDK2 and others give up after 20 to 30.
    /// </summary>
    private const int ResendsMax = 4;

    private static readonly Duration _memory = Duration.FromSeconds(600);

    private static readonly TftpGrant _plain =
        new(TftpParameters.Plain.BlockBytes, TftpParameters.Plain.WindowBlocks, null);

    private readonly Entry[] _entries = new Entry[Limits.TftpSilentMachines];

    /// <summary>What a machine is granted after this.</summary>
    public TftpGrant Limit(Instant now, IpAddress machine, in TftpGrant grant)
    {
        ref Entry entry = ref EntryOf(machine);
        bool isLimited = entry.Machine == machine && now < entry.Until && !entry.IsContent;
        return isLimited ? _plain.Over(grant) : grant;
    }

    /// <summary>
    /// A client does not answer. One that has read for a while is silent for another reason: it was switched off.
    /// </summary>
    public void OnTimeout(Instant now, IpAddress machine, in TftpTransfer transfer)
    {
        TftpParameters parameters = transfer.Parameters;
        if (transfer.Resends != ResendsMax || parameters.IsPlain || transfer.Acknowledged > parameters.WindowBlocks) return;
        ref Entry entry = ref EntryOf(machine);
        if (entry.Machine == machine && now < entry.Until) return;
        entry = new() { Machine = machine, Until = now + _memory };
        report.OnFallBack(machine);
    }

    /// <summary>A client has its file.</summary>
    public void OnDelivered(Instant now, IpAddress machine, in TftpTransfer transfer)
    {
        if (transfer.Parameters.IsPlain) return;
        EntryOf(machine) = new() { Machine = machine, Until = now + _memory, IsContent = true };
    }

    /// <summary>By the low bits of the address: the machines of one network have a place each.</summary>
    private ref Entry EntryOf(IpAddress machine) =>
        ref _entries[(int)(unchecked((uint)machine.Value) & (Limits.TftpSilentMachines - 1))];

    private struct Entry
    {
        public IpAddress Machine;
        public Instant Until;
        public bool IsContent;
    }
}
