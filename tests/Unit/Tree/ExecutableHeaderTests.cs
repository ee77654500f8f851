using System;
using System.Buffers.Binary;
using Aglet.Net;
using Aglet.Tree;
using Xunit;

namespace Aglet.Tests.Unit.Trees;

public sealed class ExecutableHeaderTests
{
    [Theory]
    [InlineData(0x014C, CpuFamily.X86)]
    [InlineData(0x8664, CpuFamily.X64)]
    [InlineData(0x01C2, CpuFamily.Arm)]
    [InlineData(0xAA64, CpuFamily.Arm64)]
    [InlineData(0x5064, CpuFamily.RiscV64)]
    [InlineData(0x6264, CpuFamily.LoongArch64)]
    [InlineData(0x0EBC, CpuFamily.Other)]
    internal void ThePeMachineFieldTellsTheProcessor(int machine, CpuFamily expected) =>
        Assert.Equal(new(true, expected), ExecutableHeader.Parse(MakePe((ushort)machine)));

    [Theory]
    [InlineData(1, CpuFamily.X64)]
    [InlineData(0, CpuFamily.X86)]
    internal void AnX86KernelWithoutAStubTellsItsEntry(byte flags, CpuFamily expected)
    {
        byte[] kernel = new byte[1024];
        "HdrS"u8.CopyTo(kernel.AsSpan(0x202));
        kernel[0x236] = flags;
        Assert.Equal(new(false, expected), ExecutableHeader.Parse(kernel));
    }

    [Fact]
    public void AnArm64KernelWithoutAStubIsKnown()
    {
        byte[] kernel = new byte[64];
        "ARM\x64"u8.CopyTo(kernel.AsSpan(0x38));
        Assert.Equal(new(false, CpuFamily.Arm64), ExecutableHeader.Parse(kernel));
    }

    [Fact]
    public void EveryPrefixIsReadWithoutHarm()
    {
        byte[] program = MakePe(0x8664);
        for (int length = 0; length < program.Length; length++)
        {
            bool isPe = ExecutableHeader.Parse(program.AsSpan(0, length)).IsPe;
            Assert.Equal(length >= 0x86, isPe);
        }
    }

    [Fact]
    public void AnOffsetBeyondTheFileIsNoProgram()
    {
        byte[] program = MakePe(0x8664);
        BinaryPrimitives.WriteUInt32LittleEndian(program.AsSpan(0x3C), uint.MaxValue);
        Assert.Equal(new(false, CpuFamily.Unknown), ExecutableHeader.Parse(program));
    }

    /// <summary>The least that is a PE file's beginning.</summary>
    internal static byte[] MakePe(ushort machine)
    {
        byte[] program = new byte[0x100];
        "MZ"u8.CopyTo(program);
        program[0x3C] = 0x80;
        "PE\0\0"u8.CopyTo(program.AsSpan(0x80));
        BinaryPrimitives.WriteUInt16LittleEndian(program.AsSpan(0x84), machine);
        return program;
    }
}
