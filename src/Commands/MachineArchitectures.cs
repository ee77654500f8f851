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

    /// <summary>A machine's MAC; one that is known by its UUID alone has one too when it boots.</summary>
    public static HardwareAddress HardwareOf(MachineSetting machine) =>
        machine.HardwareAddress.IsNone ? ExampleHardware : machine.HardwareAddress;
}
