using System;
using System.Text;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>Words that all generated scripts have in common, and that the log uses too.</summary>
internal static class ScriptText
{
    /// <summary>Enough for the title of an image that cannot be had.</summary>
    public const int MissedTitleBytes = 640;

    /// <summary>The first line: whose script it is and what it does, for a person who looks at it.</summary>
    public static void WriteHeading(
        ref WireWriter target, scoped ReadOnlySpan<byte> comment, in BootSubject subject, in BootPlan plan)
    {
        target.Bytes(comment);
        target.Bytes("Aglet: "u8);
        WriteMachine(ref target, subject);
        target.U8((byte)' ');
        WritePlan(ref target, subject, plan);
        target.U8((byte)'\n');
    }

    /// <summary>The machine's name, its MAC, or words for one that is not known.</summary>
    public static void WriteMachine(ref WireWriter target, in BootSubject subject)
    {
        if (subject.Machine is not null) target.Bytes(subject.Machine.Name);
        else if (!subject.HardwareAddress.IsNone) BootUrl.WriteMac(ref target, subject.HardwareAddress, (byte)':');
        else target.Bytes("any machine"u8);
    }

    /// <summary>What a machine gets, as the rest of a sentence that begins with its name.</summary>
    public static void WritePlan(ref WireWriter target, in BootSubject subject, in BootPlan plan)
    {
        if (plan.Image is null)
        {
            target.Bytes(subject.IsLeftOut
                ? "gets nothing: dhcp.allow and dhcp.deny leave it out"u8
                : "gets nothing: it is not in the configuration"u8);
            return;
        }

        if (plan.Kind == PlanKind.Menu)
        {
            target.Bytes("gets the menu"u8);
        }
        else if (plan.Image.IsLocal)
        {
            target.Bytes("boots its local disk"u8);
        }
        else
        {
            target.Bytes("boots "u8);
            target.Bytes(plan.Image.Name);
        }

        if (plan.Refused is null) return;
        target.Bytes("; not "u8);
        target.Bytes(plan.Refused.Name);
        target.Bytes(", because "u8);
        WriteProblem(ref target, subject, plan.Refused);
    }

    /// <summary>Why an image cannot be given to a machine, as a clause.</summary>
    public static void WriteProblem(ref WireWriter target, in BootSubject subject, CatalogImage image)
    {
        switch (subject.ProblemOf(image, out TemplateHole hole))
        {
            case ImageProblem.WrongCpu:
                target.Bytes("it is built for another processor"u8);
                break;
            case ImageProblem.WrongFirmware:
                target.Bytes("it is a UEFI program and this machine's firmware is a BIOS"u8);
                break;
            case ImageProblem.WrongProgram:
                BootAbility.WriteProblem(ref target, subject, image);
                break;
            case ImageProblem.NoMemdisk:
                target.Bytes("memdisk, which would make a disc of it, is not in the tree"u8);
                break;
            case ImageProblem.MissingFile:
                target.Bytes(image.MissingFile);
                target.Bytes(" is not in the tree"u8);
                break;
            case ImageProblem.NoOwner:
                target.Bytes("it has an answer file and this machine's MAC is not known"u8);
                break;
            case ImageProblem.BrokenTemplate:
                WriteText(ref target, image.BrokenTemplate);
                target.Bytes(" has a mistake (aglet check shows it)"u8);
                break;
            case ImageProblem.NoValue:
                WriteText(ref target, hole.File);
                target.U8((byte)':');
                target.Decimal((ulong)hole.Line);
                target.U8((byte)':');
                target.Decimal((ulong)hole.Column);
                target.Bytes(" uses '"u8);
                WriteText(ref target, subject.Catalog.Names[hole.Name]);
                target.Bytes("', which has no value for this machine"u8);
                break;
            default:
                target.Bytes("nothing is wrong"u8);
                break;
        }
    }

    /// <summary>True for an image that a menu tells of although it cannot be had.</summary>
    /// <remarks>Another processor's image is simply not this machine's; everything else the operator would miss.</remarks>
    public static bool IsMissed(in BootSubject subject, CatalogImage image) =>
        subject.ProblemOf(image, out _) is not (ImageProblem.None or ImageProblem.WrongCpu);

    /// <summary>The line of a menu for an image that cannot be had: its title, and why.</summary>
    /// <param name="room">Where it is written; what does not fit is left out.</param>
    public static ReadOnlySpan<byte> MissedTitle(Span<byte> room, in BootSubject subject, CatalogImage image)
    {
        WireWriter writer = new(room);
        writer.Bytes(image.Title);
        writer.Bytes(": not here, because "u8);
        WriteProblem(ref writer, subject, image);
        return writer.Written;
    }

    /// <summary>A name from the configuration, as UTF-8.</summary>
    private static void WriteText(ref WireWriter target, string text)
    {
        Span<byte> room = stackalloc byte[4];
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            Rune.DecodeFromUtf16(rest, out Rune rune, out int used);
            target.Bytes(room[..rune.EncodeToUtf8(room)]);
            rest = rest[used..];
        }
    }
}
