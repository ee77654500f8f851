using System;
using Aglet.Core;
using Aglet.Net;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>
/// What PXELINUX and U-Boot are told of their configuration (options 209 and 210), so that they need not search for it.
/// </summary>
internal static class PxelinuxNames
{
    /// <summary>Bytes of <c>pxelinux.cfg/01-aa-bb-cc-dd-ee-ff</c>.</summary>
    public const int ConfigBytes = 33;

    /// <summary>The folder of the boot file with its slash; empty for the root and for who does not read it.</summary>
    public static ReadOnlySpan<byte> FolderOf(
        scoped in BootClient client, scoped in BootSubject subject, ReadOnlySpan<byte> bootFile) =>
        IsReader(client, subject) && !bootFile.StartsWith("http:"u8)
            ? bootFile[..(bootFile.LastIndexOf((byte)'/') + 1)]
            : default;

    /// <summary>Writes the name of the configuration that is made for this machine; empty when it must search.</summary>
    /// <remarks>It would ask for a file by its UUID first: when the operator put one there, nothing is said.</remarks>
    public static ReadOnlySpan<byte> WriteConfig(
        scoped in BootClient client, scoped in BootSubject subject, scoped ReadOnlySpan<byte> bootFile, Span<byte> target)
    {
        if (!IsReader(client, subject) || !subject.HasMac || !subject.Catalog.HasPlans) return default;
        Span<byte> room = stackalloc byte[Limits.PathBytes];
        WireWriter byUuid = new(room);
        byUuid.Bytes(FolderOf(client, subject, bootFile));
        byUuid.Bytes("pxelinux.cfg/"u8);
        subject.Uuid.TryFormat(byUuid.Room(36), out _, default, null);
        if (byUuid.Overflow || subject.Catalog.Tree.TryGet(byUuid.Written, out _)) return default;
        WireWriter config = new(target);
        config.Bytes("pxelinux.cfg/01-"u8);
        BootUrl.WriteMac(ref config, subject.HardwareAddress, (byte)'-');
        Check.That(!config.Overflow);
        return config.Written;
    }

    private static bool IsReader(in BootClient client, in BootSubject subject)
    {
        if (client.IsHttpClient || client.IsRaspberryPi) return false;
        bool isBios = subject.Architecture is null or { Firmware: FirmwareKind.Bios };
        return client.Stage == BootStage.UBoot || (client.Stage == BootStage.Firmware && isBios);
    }
}
