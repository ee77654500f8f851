using System;
using System.Text;
using Aglet.Config;
using Aglet.Kernel;

namespace Aglet.Update;

/// <summary>
/// The two slots of an appliance, the folders <c>a</c> and <c>b</c> on its boot partition, and which of them is started.
/// </summary>
/// <remarks>
/// Two boot programs are served alike, so that a card moves between boards: GRUB reads <c>grub/grubenv</c> (slot: what is
/// started; try: what is started once, which it clears first). The Raspberry Pi's firmware reads <c>config.txt</c>, or
/// <c>tryboot.txt</c> once, when the restart asks for it; <c>os_prefix</c> in them names the slot.
/// </remarks>
internal sealed class SystemSlots(IKernel kernel, string bootFolder)
{
    /// <summary>What restart(2) is told so that the Raspberry Pi's firmware reads tryboot.txt.</summary>
    public const string TryBootArgument = "0 tryboot";

    private const int TextBytesMax = 64 * 1024;

    private string Environment => $"{bootFolder}/grub/grubenv";

    private string PiConfig => $"{bootFolder}/config.txt";

    private string PiTry => $"{bootFolder}/tryboot.txt";

    /// <summary>The other slot.</summary>
    public static string Other(string slot) => slot == "a" ? "b" : "a";

    /// <summary>The slot that is started when nothing is tried.</summary>
    public string Default
    {
        get
        {
            string slot = ConfigFile.TryRead(kernel, Environment, GrubEnvironment.ByteCount, out byte[]? block, out _)
                ? GrubEnvironment.Get(block, "slot")
                : "";
            return slot is "a" or "b" ? slot : "a";
        }
    }

    /// <summary>A path on the boot partition.</summary>
    public string PathOf(string name) => $"{bootFolder}/{name}";

    /// <summary>A path in a slot.</summary>
    public string PathIn(string slot, string name) => $"{bootFolder}/{slot}/{name}";

    /// <summary>The version in a slot; empty when it holds none, or a half of one.</summary>
    public string VersionIn(string slot) =>
        ConfigFile.TryRead(kernel, PathIn(slot, "version"), TextBytesMax, out byte[]? text, out _)
            ? Encoding.Latin1.GetString(text).Split('\n')[0]
            : "";

    /// <summary>Has a slot started once, at the next start; empty on success, else why not.</summary>
    public string Try(string slot)
    {
        string problem = "";
        if (ConfigFile.TryRead(kernel, PiConfig, TextBytesMax, out byte[]? config, out _))
        {
            problem = Write(PiTry, WithPrefix(config, slot), isNew: true);
            if (problem.Length == 0) problem = CopyPiArguments(slot);
        }

        return problem.Length > 0 ? problem : SetVariable("try", slot);
    }

    /// <summary>Has a slot started from now on; empty on success, else why not.</summary>
    public string Keep(string slot)
    {
        if (ConfigFile.TryRead(kernel, PiConfig, TextBytesMax, out byte[]? config, out _))
        {
            // The firmware finds the one text or the other, whenever the power goes off.
            string next = PiConfig + ".new";
            string problem = Write(next, WithPrefix(config, slot), isNew: true);
            if (problem.Length > 0) return problem;
            SysResult renamed = kernel.Rename(ConfigRules.Bytes(next), ConfigRules.Bytes(PiConfig));
            if (renamed.IsError) return $"{PiConfig}: {ConfigFile.Describe(renamed.Errno)}";
            SyncFolder();
        }

        return SetVariable("slot", slot);
    }

    /// <summary>Writes a small file and waits for the disk; empty on success, else why not.</summary>
    public string Write(string path, ReadOnlySpan<byte> bytes, bool isNew)
    {
        SysResult opened = kernel.OpenForWriting(ConfigRules.Bytes(path), isNew);
        if (opened.IsError) return $"{path}: {DescribeWriting(opened.Errno)}";
        SysResult result = kernel.WriteAt(opened.Count, bytes, 0);
        if (!result.IsError) result = kernel.Sync(opened.Count);
        kernel.Close(opened.Count);
        return result.IsError ? $"{path}: {DescribeWriting(result.Errno)}" : "";
    }

    /// <summary>Waits until the disk has the names of the boot partition.</summary>
    public void SyncFolder()
    {
        SysResult folder = kernel.LockFolder(ConfigRules.Bytes(bootFolder));
        if (folder.IsError) return;
        _ = kernel.Sync(folder.Count);
        kernel.Close(folder.Count);
    }

    /// <summary>The kernel's refusal to write, in words.</summary>
    public static string DescribeWriting(Errno errno) => errno switch
    {
        Errno.NoSpace => "the boot partition is full: remove files that you put there",
        Errno.ReadOnly => "the boot partition is write-protected (a switch on the card?)",
        Errno.InputOutput => "the disk refused it: it may be worn out",
        _ => ConfigFile.Describe(errno),
    };

    private string SetVariable(string name, string value)
    {
        // A block that cannot be read is begun anew: what GRUB does not find there it takes as slot a.
        byte[] block = ConfigFile.TryRead(kernel, Environment, GrubEnvironment.ByteCount, out byte[]? found, out _) ? found : [];
        bool isThere = block.Length == GrubEnvironment.ByteCount;
        return Write(Environment, GrubEnvironment.With(block, name, value), isNew: !isThere);
    }

    /// <summary>The kernel's arguments of a slot name the slot.</summary>
    private string CopyPiArguments(string slot)
    {
        string from = PathIn(Other(slot), "cmdline.txt");
        if (!ConfigFile.TryRead(kernel, from, TextBytesMax, out byte[]? text, out _)) return "";
        string arguments = Encoding.Latin1.GetString(text)
            .Replace($"aglet.slot={Other(slot)}", $"aglet.slot={slot}", StringComparison.Ordinal);
        return Write(PathIn(slot, "cmdline.txt"), Encoding.Latin1.GetBytes(arguments), isNew: true);
    }

    private static byte[] WithPrefix(ReadOnlySpan<byte> config, string slot) => Encoding.Latin1.GetBytes(
        Encoding.Latin1.GetString(config)
            .Replace($"os_prefix={Other(slot)}/", $"os_prefix={slot}/", StringComparison.Ordinal));
}
