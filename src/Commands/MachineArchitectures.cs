using System.Buffers.Binary;
using System.Collections.Generic;
using Aglet.Config;
using Aglet.Net;

namespace Aglet.Commands;

/// <summary>Which firmware a machine may turn out to have: it is known only when it boots.</summary>
internal static class MachineArchitectures
{
    /// <summary>A machine that nobody has configured: the second-lowest bit says "administered locally".</summary>
    public static readonly HardwareAddress ExampleHardware = HardwareAddress.Read([2, 0, 0, 0, 0, 1]);

    /// <summary>PXE by BIOS, PXE by UEFI, HTTP Boot by UEFI, in this order; for "any" those of x64 and arm64.</summary>
    /// <remarks>Left out: what nothing sends any more, and what means the same as another (9, 17).</remarks>
    public static IReadOnlyList<ClientArchitecture> For(CpuFamily cpu)
    {
        List<ClientArchitecture> found = [];
        foreach (ClientArchitecture architecture in ClientArchitecture.All)
        {
            bool isUsual = architecture is { Code: 0 } or { Firmware: FirmwareKind.Uefi, Code: not (2 or 8 or 9 or 17) };
            bool fits = architecture.Cpu == cpu
                || (architecture.Code == 0 && cpu is CpuFamily.X64 or CpuFamily.Unknown)
                || (cpu == CpuFamily.Unknown && architecture.Cpu is CpuFamily.X64 or CpuFamily.Arm64);
            if (isUsual && fits) found.Add(architecture);
        }

        return found;
    }

    /// <summary>A card that a group's first pattern matches.</summary>
    public static HardwareAddress ExampleOf(GroupSetting group)
    {
        if (group.HardwareAddresses.Count == 0) return ExampleHardware;
        System.Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, group.HardwareAddresses[0].Value | 1);
        HardwareAddress example = HardwareAddress.Read(bytes[2..]);
        return group.HardwareAddresses[0].Matches(example) ? example : ExampleHardware;
    }

    /// <summary>The same with UEFI by PXE first, which most machines have by now; never empty.</summary>
    public static IReadOnlyList<ClientArchitecture> LikeliestFirst(CpuFamily cpu)
    {
        List<ClientArchitecture> found = [.. For(cpu)];
        int likeliest = found.FindIndex(one => one is { Firmware: FirmwareKind.Uefi, IsHttp: false, Cpu: not CpuFamily.X86 });
        if (likeliest > 0)
        {
            ClientArchitecture first = found[likeliest];
            found.RemoveAt(likeliest);
            found.Insert(0, first);
        }

        if (found.Count == 0) found.Add(ClientArchitecture.All[0]);
        return found;
    }
}
