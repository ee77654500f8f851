using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Config;
using Aglet.Net;
using Aglet.Tree;

namespace Aglet.Boot;

/// <summary>The boot program of an architecture, or why there is none.</summary>
/// <param name="File">Its key; null for none.</param>
/// <param name="Problem">In the operator's words; empty with a file.</param>
internal readonly record struct BootProgram(byte[]? File, byte[] Problem);

/// <summary>
/// Which network boot program each architecture is given: the operator's, else the first of the usual ones that the tree
/// has.
/// </summary>
internal sealed class BootPrograms
{
    private readonly BootProgram[] _programs = new BootProgram[ClientArchitecture.All.Length];
    private readonly ProgramChoice? _chosen;
    private readonly bool _isSigned;

    public BootPrograms(Settings settings, BootTree tree)
    {
        _isSigned = settings.RequiresSecureBoot;
        _chosen = ProgramChoice.Of(settings.Programs, tree, "");
        foreach (ClientArchitecture architecture in ClientArchitecture.All)
            _programs[architecture.Code] = _chosen?.For(architecture) ?? Choose(architecture, settings, tree);
        BiosLoader = FirstOf(["undionly.kpxe", "ipxe.pxe"], tree);
        X64Loader = FirstOf(["snponly.efi", "ipxe.efi"], tree);
        Arm64Loader = FirstOf(["snponly-arm64.efi", "ipxe-arm64.efi", "arm64-efi/snponly.efi"], tree);
    }

    /// <summary>A full iPXE for BIOS machines whose own cannot HTTP; null when the tree has none.</summary>
    private byte[]? BiosLoader { get; }

    private byte[]? X64Loader { get; }

    private byte[]? Arm64Loader { get; }

    /// <summary>The boot program for an architecture.</summary>
    public ref readonly BootProgram this[ClientArchitecture architecture] => ref _programs[architecture.Code];

    /// <summary>What the operator has an iPXE in the ROM run instead of our script; null: the script.</summary>
    public byte[]? ForIpxe(ClientArchitecture architecture) => _chosen?.ForIpxe(architecture);

    /// <summary>
    /// The signed chain for an iPXE in the ROM of a machine that must have it: what iPXE loads itself is not signed for
    /// the firmware. Null where nothing of the kind is wanted or there.
    /// </summary>
    public byte[]? SignedForIpxe(ClientArchitecture architecture)
    {
        if (!_isSigned || architecture.Firmware != FirmwareKind.Uefi) return null;
        foreach (ClientArchitecture form in ClientArchitecture.All)
        {
            bool isPxeForm = !form.IsHttp && form.Firmware == FirmwareKind.Uefi && form.Cpu == architecture.Cpu;
            if (isPxeForm && _programs[form.Code].File is { } shim) return shim;
        }

        return null;
    }

    /// <summary>A full iPXE for a machine whose own iPXE cannot HTTP; null when the tree has none.</summary>
    public byte[]? LoaderFor(ClientArchitecture? architecture) => architecture switch
    {
        null => BiosLoader,
        { Firmware: FirmwareKind.Bios } => BiosLoader,
        { Firmware: FirmwareKind.Uefi, Cpu: CpuFamily.X64 } => X64Loader,
        { Firmware: FirmwareKind.Uefi, Cpu: CpuFamily.Arm64 } => Arm64Loader,
        _ => null,
    };

    /// <summary>The usual programs in the order of preference; empty when no such program is known.</summary>
    /// <remarks>
    /// By TFTP the signed chain comes first (shim under the name that removable media give it, then GRUB): it starts
    /// with Secure Boot on and off. By HTTP iPXE comes first: Debian's signed GRUB stops at its prompt. Beside
    /// somebody else's DHCP server too: GRUB 2.06 asks the server that gave the address for its configuration, whoever
    /// named GRUB (seen with OVMF and dnsmasq: it never asked us for a grub.cfg); iPXE is told an absolute URL.
    /// </remarks>
    /// <param name="architecture">Whose.</param>
    /// <param name="isProxied">The address comes from somebody else's server.</param>
    public static string[] DefaultsOf(ClientArchitecture architecture, bool isProxied) => architecture switch
    {
        { Firmware: FirmwareKind.Uefi, Cpu: CpuFamily.X64, IsHttp: false } when isProxied =>
            ["snponly.efi", "ipxe.efi", "bootx64.efi", "shimx64.efi", "grubx64.efi", "efi64/syslinux.efi"],
        { Firmware: FirmwareKind.Uefi, Cpu: CpuFamily.X86, IsHttp: false } when isProxied =>
            ["snponly-i386.efi", "ipxe-i386.efi", "bootia32.efi", "grubia32.efi", "efi32/syslinux.efi"],
        { Firmware: FirmwareKind.Uefi, Cpu: CpuFamily.Arm64, IsHttp: false } when isProxied =>
            ["snponly-arm64.efi", "ipxe-arm64.efi", "arm64-efi/snponly.efi", "bootaa64.efi", "grubaa64.efi"],
        { Firmware: FirmwareKind.Bios, IsHttp: false } =>
            ["pxelinux.0", "lpxelinux.0", "undionly.kpxe", "ipxe.pxe"],
        { Firmware: FirmwareKind.Bios } => ["ipxe.pxe", "undionly.kpxe", "lpxelinux.0"],
        { Firmware: FirmwareKind.UBoot } => ["boot.scr.uimg"],
        { Firmware: FirmwareKind.Uefi, Cpu: CpuFamily.X64, IsHttp: true } =>
            ["snponly.efi", "ipxe.efi", "bootx64.efi", "shimx64.efi", "grubx64.efi"],
        { Firmware: FirmwareKind.Uefi, Cpu: CpuFamily.X64 } =>
            ["bootx64.efi", "shimx64.efi", "grubx64.efi", "snponly.efi", "ipxe.efi", "efi64/syslinux.efi"],
        { Firmware: FirmwareKind.Uefi, Cpu: CpuFamily.X86, IsHttp: true } =>
            ["snponly-i386.efi", "ipxe-i386.efi", "bootia32.efi", "grubia32.efi"],
        { Firmware: FirmwareKind.Uefi, Cpu: CpuFamily.X86 } =>
            ["bootia32.efi", "grubia32.efi", "snponly-i386.efi", "ipxe-i386.efi", "efi32/syslinux.efi"],
        { Firmware: FirmwareKind.Uefi, Cpu: CpuFamily.Arm64, IsHttp: true } =>
            ["snponly-arm64.efi", "ipxe-arm64.efi", "arm64-efi/snponly.efi", "bootaa64.efi", "grubaa64.efi"],
        { Firmware: FirmwareKind.Uefi, Cpu: CpuFamily.Arm64 } =>
            ["bootaa64.efi", "grubaa64.efi", "snponly-arm64.efi", "ipxe-arm64.efi", "arm64-efi/snponly.efi"],
        { Code: 2 } => ["bootia64.efi"],
        { Code: 8 } => [], // Xscale is gone, and no program for it is to be had.
        { Firmware: FirmwareKind.Uefi, Cpu: CpuFamily.Arm } => ["bootarm.efi", "grubarm.efi"],
        { Cpu: CpuFamily.RiscV32 } => ["bootriscv32.efi", "grubriscv32.efi"],
        { Cpu: CpuFamily.RiscV64 } => ["bootriscv64.efi", "grubriscv64.efi"],
        { Code: 29 or 30 } => ["bootriscv128.efi"],
        { Code: 37 or 38 } => ["bootloongarch32.efi"],
        { Cpu: CpuFamily.LoongArch64 } => ["bootloongarch64.efi", "grubloongarch64.efi"],
        { Code: 12 } => ["core.elf"],
        { Code: 14 } => ["pxelinux.0"],
        _ => [],
    };

    /// <summary>
    /// shim under the names that distributions give it: the only first program that firmware with Microsoft's keys runs.
    /// </summary>
    private static string[] SignedOf(ClientArchitecture architecture) => architecture.Cpu switch
    {
        CpuFamily.X64 => ["bootx64.efi", "shimx64.efi", "shimx64.efi.signed"],
        CpuFamily.Arm64 => ["bootaa64.efi", "shimaa64.efi", "shimaa64.efi.signed"],
        CpuFamily.X86 => ["bootia32.efi", "shimia32.efi", "shimia32.efi.signed"],
        _ => [],
    };

    private static byte[]? FirstOf(ReadOnlySpan<string> names, BootTree tree)
    {
        foreach (string name in names)
        {
            byte[] key = Encoding.UTF8.GetBytes(name);
            if (tree.TryGet(key, out BootFile file)) return file.Key.ToArray();
        }

        return null;
    }

    private static BootProgram Choose(ClientArchitecture architecture, Settings settings, BootTree tree)
    {
        if (settings.RequiresSecureBoot && architecture.Firmware == FirmwareKind.Uefi) return ChooseSigned(architecture, tree);
        string[] defaults = DefaultsOf(architecture, isProxied: settings.DhcpMode == DhcpMode.Proxy);
        if (FirstOf(defaults, tree) is { } found) return new(found, []);

        // These read pxelinux.cfg by themselves. The name only tells them in which folder: it need not exist.
        if (architecture.Firmware == FirmwareKind.UBoot || architecture.Code == 14)
            return new(Encoding.UTF8.GetBytes(defaults[0]), []);
        if (architecture.Firmware == FirmwareKind.RaspberryPi)
            return None("a Raspberry Pi asks for its files by their own names: no boot program is needed");
        string what = $"no boot program for {architecture.Description}: ";
        return defaults.Length == 0
            ? None($"{what}none is known; set programs.{architecture.Name} if you have one")
            : None($"{what}put {defaults[0]} in the tree or set programs.{architecture.Name}");
    }

    /// <summary>The signed chain: shim, which loads GRUB.</summary>
    /// <remarks>
    /// By HTTP Boot Debian's signed GRUB (2.06) is started and stops at its prompt without having asked for anything
    /// (seen with OVMF): firmware that is given nothing goes on to PXE. Fedora's GRUB can; then the operator says so.
    /// </remarks>
    private static BootProgram ChooseSigned(ClientArchitecture architecture, BootTree tree)
    {
        string[] names = SignedOf(architecture);
        if (names.Length == 0)
            return None($"no signed boot program for {architecture.Description} is known; set programs.{architecture.Name}");
        byte[]? shim = FirstOf(names, tree);
        if (shim is null)
        {
            return None($"Secure Boot needs a signed shim for {architecture.Description}: put {names[0]} in the tree "
                + $"with its {names[0].Replace("boot", "grub", StringComparison.Ordinal)} beside it");
        }

        if (!architecture.IsHttp) return new(shim, []);
        return None("with Secure Boot Debian's GRUB finds no way on by HTTP Boot: switch PXE on in the firmware's setup, "
            + $"or set programs.{architecture.Name} when yours can");
    }

    private static BootProgram None(string problem) => new(null, Encoding.UTF8.GetBytes(problem));
}
