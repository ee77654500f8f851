using System;
using Aglet.Config;
using Aglet.Net;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>An image, with everything in the bytes that scripts are made of.</summary>
internal sealed class CatalogImage
{
    public required int Index { get; init; }

    public required byte[] Name { get; init; }

    /// <summary>What a menu calls it, without control characters.</summary>
    public required byte[] Title { get; init; }

    /// <summary>
    /// The name with only letters, digits, dots, dashes and underscores: PXELINUX types and splits at spaces.
    /// </summary>
    public required byte[] Label { get; init; }

    /// <summary>What it runs on; <see cref="CpuFamily.Unknown"/> for anything.</summary>
    public required CpuFamily Cpu { get; init; }

    public required bool IsLocal { get; init; }

    /// <summary>A key of the tree.</summary>
    public required byte[] Kernel { get; init; }

    /// <summary>Keys of the tree, in the order in which the kernel sees them.</summary>
    public required byte[][] Initrds { get; init; }

    /// <summary>The operator's arguments, cut at spaces outside double quotes.</summary>
    public required byte[][] Words { get; init; }

    public required AnswerKind AnswerKind { get; init; }

    /// <summary>Null when the image has no answer file.</summary>
    public required Template? Answer { get; init; }

    /// <summary>The template's path as the configuration gives it.</summary>
    public required string AnswerPath { get; init; }

    /// <summary>The last part of the answer's URL.</summary>
    public required byte[] AnswerLeaf { get; init; }

    /// <summary>The first of its files that the tree does not have; null when all are there.</summary>
    public required byte[]? MissingFile { get; init; }

    /// <summary>True when the operator's arguments set a key, or name it without a value.</summary>
    public bool Sets(ReadOnlySpan<byte> key)
    {
        foreach (byte[] word in Words)
        {
            if (KernelArguments.KeyOf(word).SequenceEqual(key)) return true;
        }

        return false;
    }

    /// <summary>True when an architecture's processor can run it.</summary>
    /// <remarks>
    /// A PC's BIOS says "x86" whatever its processor is, and PCs with a 32-bit processor are rare: such a client is
    /// shown both. A client that tells no architecture is shown everything.
    /// </remarks>
    public bool RunsOn(ClientArchitecture? architecture)
    {
        if (architecture is null || Cpu == CpuFamily.Unknown || IsLocal || Cpu == architecture.Cpu) return true;
        return architecture.Firmware == FirmwareKind.Bios && Cpu == CpuFamily.X64;
    }
}

/// <summary>A value that a machine's configuration gives to a name.</summary>
internal readonly record struct CatalogVariable(int Name, byte[] Value);

/// <summary>A configured machine.</summary>
internal sealed class CatalogMachine
{
    public required int Index { get; init; }

    public required byte[] Name { get; init; }

    public required HardwareAddress HardwareAddress { get; init; }

    public required MachineUuid Uuid { get; init; }

    public required Ipv4Address Address { get; init; }

    public required CatalogImage Image { get; init; }

    public required CatalogVariable[] Variables { get; init; }
}
