using System;
using Aglet.Net;
using Aglet.Time;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>What DHCP names to a client as its boot file: a boot program, an image that firmware runs itself, a script.</summary>
/// <param name="clients">Remembers whose iPXE was told to load another.</param>
/// <param name="reasonRoom">Where reasons are written.</param>
internal sealed class BootFileWriter(ClientTable clients, byte[] reasonRoom)
{
    /// <summary>
    /// A machine whose iPXE cannot HTTP is told once in this time to load a full one, else it could loop.
    /// </summary>
    private static readonly Duration _loaderGuard = Duration.FromSeconds(60);

    /// <summary>DISCOVER, REQUEST and their repeats within this time are one boot and get the same answer.</summary>
    private static readonly Duration _sameBoot = Duration.FromSeconds(10);

    /// <summary>Writes the boot file's name or URL; false when there is none, and then the reason says why.</summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="client">Who asks.</param>
    /// <param name="subject">The same, with its plan.</param>
    /// <param name="slot">Its record; -1 when it has none.</param>
    /// <param name="file">Takes the name.</param>
    /// <param name="reason">Begun with the plan; begun anew where something else is the reason.</param>
    public bool TryWrite(
        Instant now, in BootClient client, in BootSubject subject, int slot, ref WireWriter file, ref WireWriter reason)
    {
        if (client.Stage == BootStage.Ipxe) return WriteForIpxe(now, client, subject, slot, ref file);
        ClientArchitecture? architecture = subject.Architecture;
        if (architecture is null)
        {
            // Option ROMs older than option 93 are BIOS; a U-Boot that says nothing needs only a folder.
            int code = client.Stage == BootStage.UBoot ? 22 : 0;
            if (!client.IsHttpClient) architecture = ClientArchitecture.All[code];
        }

        if (architecture is null)
        {
            reason = new(reasonRoom);
            reason.Bytes("it does not say what it is (option 93), so no boot program can be chosen"u8);
            return false;
        }

        // U-Boot may claim to be the UEFI that it can also be; asked by its own name it wants pxelinux.cfg.
        if (client.Stage == BootStage.UBoot && architecture.Firmware != FirmwareKind.UBoot)
            architecture = ClientArchitecture.All[architecture.Cpu == CpuFamily.Arm ? 21 : 22];
        if (client.IsHttpClient && !architecture.IsHttp) architecture = architecture.HttpForm;
        FirmwareProgram program = FirmwareProgram.Choose(subject, architecture);
        if (program.File is null && program.Url is null)
        {
            reason = new(reasonRoom);
            reason.Bytes(program.Problem);
            return false;
        }

        // The boot program may be unable to do what it should: then its script falls back to the disk.
        BootSubject read = subject.ReadBy(program.Reads);
        BootPlan plan = read.Plan();
        if (plan.Refused is not null)
        {
            reason = new(reasonRoom);
            ScriptText.WritePlan(ref reason, read, plan);
        }

        if (program.Url is not null) file.Bytes(program.Url);
        else if (client.IsHttpClient || architecture.IsHttp) BootUrl.WriteFile(ref file, subject, program.File);
        else file.Bytes(program.File);
        if (!file.Overflow) return true;
        reason = new(reasonRoom);
        reason.Bytes("the boot program's path is too long for DHCP (127 bytes)"u8);
        return false;
    }

    /// <summary>
    /// What the operator chose, else a script by HTTP; an iPXE that cannot do what scripts need first gets one that can.
    /// </summary>
    private bool WriteForIpxe(
        Instant now, in BootClient client, in BootSubject subject, int slot, ref WireWriter file)
    {
        if (subject.ProgramForIpxe() is { } chosen)
        {
            file.Bytes(chosen);
            return !file.Overflow;
        }

        if (!client.IpxeHasHttp || client.IpxeLacksFeatures)
        {
            byte[]? loader = slot >= 0 ? subject.Catalog.Programs.LoaderFor(subject.Architecture) : null;
            if (loader is not null && MayLoad(now, slot))
            {
                file.Bytes(loader);
                return !file.Overflow;
            }
        }

        if (client.IpxeHasHttp)
        {
            BootUrl.WriteHttp(ref file, subject.Server, subject.Catalog.Settings.HttpPort);
        }
        else
        {
            file.Bytes("tftp://"u8);
            BootUrl.WriteAddress(ref file, subject.Server);
        }

        if (subject.HasMac)
        {
            file.Bytes("/_/ipxe/"u8);
            BootUrl.WriteMac(ref file, subject.HardwareAddress, (byte)'-');
        }

        file.Bytes("/boot.ipxe"u8);
        return !file.Overflow;
    }

    private bool MayLoad(Instant now, int slot)
    {
        Instant since = clients[slot].LoaderSince;
        if (since != Instant.Never && now - since < _loaderGuard) return now - since < _sameBoot;
        clients.SetLoaderSince(slot, now);
        return true;
    }
}
