using System;
using System.Buffers.Binary;
using Aglet.Net;

namespace Aglet.Tree;

/// <summary>What the first bytes of a boot program or kernel say of the processor that it is built for.</summary>
/// <remarks>
/// <code>
/// PE (UEFI programs, and kernels with an EFI stub): "MZ" … at 0x3C the offset of "PE\0\0" | machine 2, little-endian
/// x86 kernel without a stub: "HdrS" at 0x202; bit 0 of the word at 0x236: it has a 64-bit entry (Linux boot protocol 2.12)
/// arm64 kernel without a stub: "ARM\x64" at 0x38
/// </code>
/// </remarks>
/// <param name="IsPe">UEFI can run it.</param>
/// <param name="Cpu"><see cref="CpuFamily.Unknown"/> when nothing is said, as by BIOS programs.</param>
internal readonly record struct ExecutableHeader(bool IsPe, CpuFamily Cpu)
{
    /// <summary>It carries a certificate table (Microsoft PE/COFF): somebody signed it for Secure Boot.</summary>
    public bool IsSigned { get; private init; }

    /// <summary>How much of a file is enough to look at.</summary>
    public const int Bytes = 4096;

    /// <summary>Reads the beginning of a file.</summary>
    public static ExecutableHeader Parse(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("MZ"u8) && start.Length >= 0x40)
        {
            uint offset = BinaryPrimitives.ReadUInt32LittleEndian(start[0x3C..]);
            bool isPe = offset <= start.Length - 6 && start[(int)offset..].StartsWith("PE\0\0"u8);
            if (isPe)
            {
                CpuFamily cpu = FamilyOf(BinaryPrimitives.ReadUInt16LittleEndian(start[(int)(offset + 4)..]));
                return new(true, cpu) { IsSigned = HasCertificates(start[(int)offset..]) };
            }
        }

        if (start.Length >= 0x238 && start[0x202..].StartsWith("HdrS"u8))
        {
            bool hasLongEntry = (start[0x236] & 1) != 0;
            return new(false, hasLongEntry ? CpuFamily.X64 : CpuFamily.X86);
        }

        bool isArm64 = start.Length >= 0x3C && start[0x38..].StartsWith("ARM\x64"u8);
        return new(false, isArm64 ? CpuFamily.Arm64 : CpuFamily.Unknown);
    }

    /// <summary>
    /// The size in the fifth data directory, 128 bytes into an optional header of 32 bits (0x10B), 144 into one of 64 bits
    /// (0x20B).
    /// </summary>
    private static bool HasCertificates(ReadOnlySpan<byte> pe)
    {
        if (pe.Length < 26) return false;
        int at = 24 + (BinaryPrimitives.ReadUInt16LittleEndian(pe[24..]) == 0x20B ? 144 : 128) + 4;
        return pe.Length >= at + 4 && BinaryPrimitives.ReadUInt32LittleEndian(pe[at..]) != 0;
    }

    /// <summary>The machine field (Microsoft PE/COFF, "Machine Types").</summary>
    private static CpuFamily FamilyOf(ushort machine) => machine switch
    {
        0x014C => CpuFamily.X86,
        0x8664 => CpuFamily.X64,
        0x01C0 or 0x01C2 or 0x01C4 => CpuFamily.Arm,
        0xAA64 => CpuFamily.Arm64,
        0x5032 => CpuFamily.RiscV32,
        0x5064 => CpuFamily.RiscV64,
        0x6264 => CpuFamily.LoongArch64,
        _ => CpuFamily.Other,
    };
}
