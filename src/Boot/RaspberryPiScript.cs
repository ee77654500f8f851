using System;
using Aglet.Config;
using Aglet.Core;
using Aglet.Net;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>A Raspberry Pi's <c>config.txt</c> and <c>cmdline.txt</c>; nothing for a plan that is no kernel.</summary>
/// <remarks>
/// Paths in them are relative to the machine's prefix, like all that it asks for. What the operator wants in every
/// config.txt (overlays, the serial port) he puts into <c>usercfg.txt</c> of the shared folder. A Raspberry Pi shows no
/// menu: it takes what the menu takes by itself.
/// </remarks>
internal static class RaspberryPiScript
{
    /// <summary>COMMAND_LINE_SIZE of Linux on arm64 is 2048; the firmware adds its own words before ours.</summary>
    private const int CommandLineBytes = 4096;

    public static void WriteConfig(ref WireWriter target, in BootSubject subject)
    {
        BootPlan plan = subject.Plan();
        if (plan.Image is not { Kind: ImageKind.Kernel } image) return;
        ScriptText.WriteHeading(ref target, "# "u8, subject, plan with { Kind = PlanKind.Image });
        target.Bytes(image.Cpu == CpuFamily.Arm ? "arm_64bit=0\nkernel="u8 : "arm_64bit=1\nkernel="u8);
        target.Bytes(image.Kernel);
        for (int i = 0; i < image.Initrds.Length; i++)
        {
            target.Bytes(i == 0 ? "\ninitramfs "u8 : ","u8);
            target.Bytes(image.Initrds[i]);
        }

        target.Bytes(image.Initrds.Length > 0 ? " followkernel\n"u8 : "\n"u8);
        if (HasOperatorsPart(subject.Catalog)) target.Bytes("include usercfg.txt\n"u8);
    }

    /// <summary>One line; the firmware reads no further.</summary>
    public static void WriteCommandLine(ref WireWriter target, in BootSubject subject)
    {
        if (subject.Plan().Image is not { Kind: ImageKind.Kernel } image) return;
        Span<byte> room = stackalloc byte[CommandLineBytes];
        WireWriter words = new(room);
        KernelArguments.Write(ref words, subject, image, WordQuoting.None);
        if (words.Overflow) return;
        target.Bytes(((ReadOnlySpan<byte>)words.Written).TrimStart((byte)' '));
        target.U8((byte)'\n');
    }

    private static bool HasOperatorsPart(BootCatalog catalog)
    {
        Span<byte> room = stackalloc byte[Limits.PathBytes];
        WireWriter key = new(room);
        key.Bytes(catalog.Companions.FirmwareFolder);
        key.Bytes("usercfg.txt"u8);
        return catalog.Tree.TryGet(key.Written, out _);
    }
}
