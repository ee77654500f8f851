using System;

namespace Aglet.Net;

/// <summary>The processor family that a boot program must be built for.</summary>
internal enum CpuFamily : byte
{
    Unknown,
    X86,
    X64,
    Arm,
    Arm64,
    RiscV32,
    RiscV64,
    LoongArch64,
    Other,
}

/// <summary>What kind of firmware asks, which decides what kind of program it can run.</summary>
internal enum FirmwareKind : byte
{
    /// <summary>PC BIOS option ROM; Raspberry Pi 3, 4 and 5 claim to be one too.</summary>
    Bios,
    Uefi,
    UBoot,
    RaspberryPi,
    Other,
}

/// <summary>
/// A client architecture type: option 93 of DHCP (RFC 4578, IANA "Processor Architecture Types").
/// </summary>
/// <param name="Code">The number on the wire.</param>
/// <param name="Name">How our configuration names it.</param>
/// <param name="Description">How we name it to a person.</param>
/// <param name="Cpu">What its programs are built for.</param>
/// <param name="Firmware">What runs them.</param>
/// <param name="IsHttp">It fetches by HTTP and wants a URL; else by TFTP.</param>
internal sealed record ClientArchitecture(
    ushort Code, string Name, string Description, CpuFamily Cpu, FirmwareKind Firmware, bool IsHttp)
{
    /// <summary>Every registered type. Index and code agree.</summary>
    private static readonly ClientArchitecture[] _all =
    [
        new(0, "x86-bios", "x86 BIOS", CpuFamily.X86, FirmwareKind.Bios, false),
        new(1, "nec-pc98", "NEC PC-98", CpuFamily.Other, FirmwareKind.Other, false),
        new(2, "itanium", "Intel Itanium", CpuFamily.Other, FirmwareKind.Uefi, false),
        new(3, "alpha", "DEC Alpha", CpuFamily.Other, FirmwareKind.Other, false),
        new(4, "arc-x86", "Arc x86", CpuFamily.X86, FirmwareKind.Other, false),
        new(5, "lean-client", "Intel Lean Client", CpuFamily.X86, FirmwareKind.Other, false),
        new(6, "x86-uefi", "x86 UEFI", CpuFamily.X86, FirmwareKind.Uefi, false),
        new(7, "x64-uefi", "x64 UEFI", CpuFamily.X64, FirmwareKind.Uefi, false),
        new(8, "xscale-uefi", "EFI Xscale", CpuFamily.Arm, FirmwareKind.Uefi, false),

        // Firmware confuses 7 and 9 (an erratum of RFC 4578): what says EBC is an x64 machine.
        new(9, "ebc-uefi", "EFI byte code (an x64 machine)", CpuFamily.X64, FirmwareKind.Uefi, false),
        new(10, "arm-uefi", "ARM 32-bit UEFI", CpuFamily.Arm, FirmwareKind.Uefi, false),
        new(11, "arm64-uefi", "ARM 64-bit UEFI", CpuFamily.Arm64, FirmwareKind.Uefi, false),
        new(12, "ppc-of", "PowerPC Open Firmware", CpuFamily.Other, FirmwareKind.Other, false),
        new(13, "ppc-epapr", "PowerPC ePAPR", CpuFamily.Other, FirmwareKind.Other, false),
        new(14, "ppc-opal", "POWER OPAL v3", CpuFamily.Other, FirmwareKind.Other, false),
        new(15, "x86-uefi-http", "x86 UEFI HTTP Boot", CpuFamily.X86, FirmwareKind.Uefi, true),
        new(16, "x64-uefi-http", "x64 UEFI HTTP Boot", CpuFamily.X64, FirmwareKind.Uefi, true),
        new(17, "ebc-uefi-http", "EFI byte code HTTP Boot (an x64 machine)", CpuFamily.X64, FirmwareKind.Uefi, true),
        new(18, "arm-uefi-http", "ARM 32-bit UEFI HTTP Boot", CpuFamily.Arm, FirmwareKind.Uefi, true),
        new(19, "arm64-uefi-http", "ARM 64-bit UEFI HTTP Boot", CpuFamily.Arm64, FirmwareKind.Uefi, true),
        new(20, "x86-bios-http", "x86 BIOS HTTP", CpuFamily.X86, FirmwareKind.Bios, true),
        new(21, "arm-uboot", "ARM 32-bit U-Boot", CpuFamily.Arm, FirmwareKind.UBoot, false),
        new(22, "arm64-uboot", "ARM 64-bit U-Boot", CpuFamily.Arm64, FirmwareKind.UBoot, false),
        new(23, "arm-uboot-http", "ARM 32-bit U-Boot HTTP", CpuFamily.Arm, FirmwareKind.UBoot, true),
        new(24, "arm64-uboot-http", "ARM 64-bit U-Boot HTTP", CpuFamily.Arm64, FirmwareKind.UBoot, true),
        new(25, "riscv32-uefi", "RISC-V 32-bit UEFI", CpuFamily.RiscV32, FirmwareKind.Uefi, false),
        new(26, "riscv32-uefi-http", "RISC-V 32-bit UEFI HTTP Boot", CpuFamily.RiscV32, FirmwareKind.Uefi, true),
        new(27, "riscv64-uefi", "RISC-V 64-bit UEFI", CpuFamily.RiscV64, FirmwareKind.Uefi, false),
        new(28, "riscv64-uefi-http", "RISC-V 64-bit UEFI HTTP Boot", CpuFamily.RiscV64, FirmwareKind.Uefi, true),
        new(29, "riscv128-uefi", "RISC-V 128-bit UEFI", CpuFamily.Other, FirmwareKind.Uefi, false),
        new(30, "riscv128-uefi-http", "RISC-V 128-bit UEFI HTTP Boot", CpuFamily.Other, FirmwareKind.Uefi, true),
        new(31, "s390-basic", "s390 Basic", CpuFamily.Other, FirmwareKind.Other, false),
        new(32, "s390-extended", "s390 Extended", CpuFamily.Other, FirmwareKind.Other, false),
        new(33, "mips32-uefi", "MIPS 32-bit UEFI", CpuFamily.Other, FirmwareKind.Uefi, false),
        new(34, "mips64-uefi", "MIPS 64-bit UEFI", CpuFamily.Other, FirmwareKind.Uefi, false),
        new(35, "sunway32-uefi", "Sunway 32-bit UEFI", CpuFamily.Other, FirmwareKind.Uefi, false),
        new(36, "sunway64-uefi", "Sunway 64-bit UEFI", CpuFamily.Other, FirmwareKind.Uefi, false),
        new(37, "loongarch32-uefi", "LoongArch 32-bit UEFI", CpuFamily.Other, FirmwareKind.Uefi, false),
        new(38, "loongarch32-uefi-http", "LoongArch 32-bit UEFI HTTP Boot", CpuFamily.Other, FirmwareKind.Uefi, true),
        new(39, "loongarch64-uefi", "LoongArch 64-bit UEFI", CpuFamily.LoongArch64, FirmwareKind.Uefi, false),
        new(40, "loongarch64-uefi-http", "LoongArch 64-bit UEFI HTTP Boot", CpuFamily.LoongArch64, FirmwareKind.Uefi, true),
        new(41, "rpiboot", "ARM rpiboot (Raspberry Pi IPv6 netboot)", CpuFamily.Arm64, FirmwareKind.RaspberryPi, false),
    ];

    /// <summary>Every registered type, in the order of their codes.</summary>
    public static ReadOnlySpan<ClientArchitecture> All => _all;

    /// <summary>
    /// The same machine when it fetches by HTTP; itself when no such type is registered. Some firmware says HTTPClient
    /// with the number of its PXE form.
    /// </summary>
    public ClientArchitecture HttpForm
    {
        get
        {
            foreach (ClientArchitecture form in _all)
            {
                if (form.IsHttp && form.Cpu == Cpu && form.Firmware == Firmware) return form;
            }

            return this;
        }
    }

    /// <summary>The type with a code, or null when it is not registered (U-Boot may send 0xFFFF when unset).</summary>
    public static ClientArchitecture? ForCode(int code) => code >= 0 && code < _all.Length ? _all[code] : null;

    /// <summary>Finds a type by the name that the configuration uses, or by its number in decimal.</summary>
    public static ClientArchitecture? ForName(string name)
    {
        foreach (ClientArchitecture architecture in _all)
        {
            if (architecture.Name == name) return architecture;
        }

        return int.TryParse(name, out int code) ? ForCode(code) : null;
    }
}
