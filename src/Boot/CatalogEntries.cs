using System;
using Aglet.Config;
using Aglet.Core;
using Aglet.Net;
using Aglet.Time;
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

    public required ImageKind Kind { get; init; }

    public bool IsLocal => Kind == ImageKind.Local;

    /// <summary>A key of the tree: the kernel; empty for other kinds.</summary>
    public required byte[] Kernel { get; init; }

    /// <summary>A key of the tree: the EFI program, the CD or the disk; empty for other kinds.</summary>
    public required byte[] File { get; init; }

    /// <summary>The absolute URL of a chain; empty for other kinds.</summary>
    public required byte[] Url { get; init; }

    /// <summary>Anybody may read its answer file.</summary>
    public required bool IsOpen { get; init; }

    /// <summary>Keys of the tree, in the order in which the kernel sees them.</summary>
    public required byte[][] Initrds { get; init; }

    /// <summary>The operator's arguments, cut at spaces outside double quotes and values.</summary>
    public required CatalogWord[] Words { get; init; }

    public required AnswerKind AnswerKind { get; init; }

    /// <summary>
    /// What is served for its installer; the first is the answer file itself. Empty when the image has none.
    /// </summary>
    public required CatalogAnswer[] Answers { get; init; }

    /// <summary>Null when the image has no answer file.</summary>
    public Template? Answer => Answers.Length == 0 ? null : Answers[0].Template;

    /// <summary>The last part of the answer's URL.</summary>
    public ReadOnlySpan<byte> AnswerLeaf => Answers.Length == 0 ? default : Answers[0].Leaf;

    /// <summary>The first of its files that the tree does not have; null when all are there.</summary>
    public required byte[]? MissingFile { get; init; }

    /// <summary>True when the operator's arguments set a key, or name it without a value.</summary>
    public bool Sets(ReadOnlySpan<byte> key)
    {
        foreach (CatalogWord word in Words)
        {
            if (KernelArguments.KeyOf(word.Text).SequenceEqual(key)) return true;
        }

        return false;
    }

    /// <summary>Index of the answer file with a last part of its URL; -1 for none.</summary>
    public int FindAnswer(ReadOnlySpan<byte> leaf)
    {
        for (int i = 0; i < Answers.Length; i++)
        {
            if (leaf.SequenceEqual(Answers[i].Leaf)) return i;
        }

        return -1;
    }

    /// <summary>True when one of its templates, or its arguments, has a mistake.</summary>
    public bool HasBrokenTemplate => BrokenTemplate.Length > 0;

    /// <summary>The path of the first template with a mistake, or that of its arguments; empty for none.</summary>
    public string BrokenTemplate
    {
        get
        {
            foreach (CatalogAnswer answer in Answers)
            {
                if (answer.Template is { Errors.Count: > 0 }) return answer.Template.Path;
            }

            foreach (CatalogWord word in Words)
            {
                if (word.Template is { Errors.Count: > 0 }) return word.Template.Path;
            }

            return "";
        }
    }

    /// <summary>The first value that a machine lacks, in any of its templates or in its arguments.</summary>
    public bool TryFindHole(in BootSubject subject, out TemplateHole hole)
    {
        foreach (CatalogAnswer answer in Answers)
        {
            if (answer.Template is not null && answer.Template.TryFindHole(subject, this, out hole)) return true;
        }

        foreach (CatalogWord word in Words)
        {
            if (word.Template is not null && word.Template.TryFindHole(subject, this, out hole)) return true;
        }

        hole = default;
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
        return (architecture.Firmware == FirmwareKind.Bios && Cpu == CpuFamily.X64)
            || (architecture.Firmware == FirmwareKind.RaspberryPi && Cpu == CpuFamily.Arm);
    }
}

/// <summary>A file that is rendered for an installer.</summary>
/// <param name="Leaf">The last part of its URL.</param>
/// <param name="Template">Null for a file that is empty.</param>
internal sealed record CatalogAnswer(byte[] Leaf, Template? Template);

/// <summary>One of the operator's arguments.</summary>
/// <param name="Text">As it is written.</param>
/// <param name="Template">Null when it has no values.</param>
internal sealed record CatalogWord(byte[] Text, Template? Template);

/// <summary>A value.</summary>
/// <param name="Items">The texts of a list; else one text: a number as it is written, <c>true</c> or <c>false</c>.</param>
internal sealed record CatalogValue(VariableKind Kind, byte[][] Items);

/// <summary>A value that a machine's configuration gives to a name.</summary>
internal readonly record struct CatalogVariable(int Name, CatalogValue Value);

/// <summary>A choice of images, as every boot program shows it.</summary>
/// <param name="Title">Without control characters.</param>
/// <param name="Timeout">How long it waits; zero waits for ever.</param>
/// <param name="Items">In the order shown.</param>
/// <param name="Preset">What it takes by itself.</param>
internal sealed record CatalogMenu(byte[] Title, Duration Timeout, CatalogImage[] Items, CatalogImage Preset);

/// <summary>What a machine and a group say alike about what is booted.</summary>
internal abstract class CatalogChoice
{
    public required int Index { get; init; }

    public required byte[] Name { get; init; }

    /// <summary>Null leaves it to what is more general.</summary>
    public required CatalogImage? Image { get; init; }

    /// <summary>Null leaves it to what is more general.</summary>
    public required bool? IsOnce { get; init; }

    public required CatalogVariable[] Variables { get; init; }

    /// <summary>Boot programs that differ from the site's; null for none.</summary>
    public required ProgramChoice? Programs { get; init; }

    /// <summary>The value that it gives to a name; null for none.</summary>
    public CatalogValue? ValueOf(int name)
    {
        foreach (ref readonly CatalogVariable variable in Variables.AsSpan())
        {
            if (variable.Name == name) return variable.Value;
        }

        return null;
    }
}

/// <summary>A configured machine.</summary>
internal sealed class CatalogMachine : CatalogChoice
{
    /// <summary>The card that it boots from; none when it is known by something else only.</summary>
    public required HardwareAddress HardwareAddress { get; init; }

    public required HardwareAddress[] OtherHardwareAddresses { get; init; }

    public required MachineUuid Uuid { get; init; }

    public required byte[] Serial { get; init; }

    public required byte[] Asset { get; init; }

    public required Ipv4Address Address { get; init; }
}

/// <summary>Machines that have something in common.</summary>
internal sealed class CatalogGroup : CatalogChoice
{
    public required HardwarePattern[] HardwareAddresses { get; init; }

    public required byte[][] VendorClasses { get; init; }

    public required byte[][] Serials { get; init; }

    public required ClientArchitecture[] Architectures { get; init; }

    public required Ipv4Prefix[] Subnets { get; init; }

    /// <summary>True when every kind of pattern that there is matches by one of its own.</summary>
    public bool Matches(in MachineIdentity machine)
    {
        bool matches = HardwareAddresses.Length == 0;
        foreach (HardwarePattern pattern in HardwareAddresses) matches |= pattern.Matches(machine.HardwareAddress);
        if (!matches || !MatchesAny(VendorClasses, machine.VendorClass) || !MatchesAny(Serials, machine.Serial)) return false;
        matches = Architectures.Length == 0;
        foreach (ClientArchitecture architecture in Architectures) matches |= architecture == machine.Architecture;
        if (!matches) return false;
        matches = Subnets.Length == 0;
        foreach (Ipv4Prefix subnet in Subnets) matches |= subnet.Contains(machine.Address);
        return matches;
    }

    private static bool MatchesAny(byte[][] patterns, in ShortText text)
    {
        if (patterns.Length == 0) return true;
        foreach (byte[] pattern in patterns)
        {
            if (!text.IsEmpty && Wildcard.Matches(pattern, text.Bytes)) return true;
        }

        return false;
    }
}
