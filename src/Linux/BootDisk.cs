using System;
using System.Buffers.Binary;
using System.Collections.Generic;

namespace Aglet.Linux;

/// <summary>
/// The disk that this machine started from, found by the signature in its master boot record (four bytes at 440, little
/// endian): names such as sda mean nothing where disks come and go.
/// </summary>
internal static class BootDisk
{
    private const int SectorBytes = 512;
    private const int SignatureAt = 440;

    /// <summary>The device's path, or null while it is not there.</summary>
    public static string? Find(uint signature)
    {
        foreach (string name in SystemFiles.Names("/sys/class/block"))
        {
            bool isWhole = !SystemFiles.Exists($"/sys/class/block/{name}/partition");
            if (isWhole && SystemFiles.ReadStart("/dev/" + name, SectorBytes) is { } sector && HasSignature(sector, signature))
            {
                return "/dev/" + name;
            }
        }

        return null;
    }

    /// <summary>The path of a partition: <c>/dev/sda1</c>, <c>/dev/mmcblk0p1</c>.</summary>
    public static string PartitionOf(string disk, int number) =>
        char.IsAsciiDigit(disk[^1]) ? $"{disk}p{number}" : $"{disk}{number}";

    /// <summary>True for a boot record with this signature.</summary>
    public static bool HasSignature(ReadOnlySpan<byte> sector, uint signature) =>
        sector.Length >= SectorBytes && sector[510] == 0x55 && sector[511] == 0xAA
        && BinaryPrimitives.ReadUInt32LittleEndian(sector[SignatureAt..]) == signature;
}

/// <summary>What the boot loader tells the appliance: words of the kernel's command line.</summary>
internal sealed class BootArguments
{
    private readonly List<string> _problems = [];

    /// <param name="commandLine">The content of /proc/cmdline.</param>
    public BootArguments(string commandLine)
    {
        foreach (string word in commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (word.StartsWith("aglet.disk=", StringComparison.Ordinal)) ReadDisk(word["aglet.disk=".Length..]);
            if (word.StartsWith("aglet.slot=", StringComparison.Ordinal)) Slot = word["aglet.slot=".Length..];
            if (word.StartsWith("aglet.watchdog=", StringComparison.Ordinal)) ReadWatchdog(word["aglet.watchdog=".Length..]);
        }
    }

    /// <summary>
    /// The signature of the boot disk (<c>aglet.disk=</c>, eight hexadecimal digits); null for a system without one.
    /// </summary>
    public uint? Disk { get; private set; }

    /// <summary>The system slot that runs (<c>aglet.slot=</c>); empty when nobody said.</summary>
    public string Slot { get; } = "";

    /// <summary>
    /// False after <c>aglet.watchdog=off</c>: the watchdog is left alone, on hardware whose watchdog is broken (an emulated
    /// Raspberry Pi restarts at once when it is armed).
    /// </summary>
    public bool UsesWatchdog { get; private set; } = true;

    /// <summary>What is wrong with the words, a line each.</summary>
    public IReadOnlyList<string> Problems => _problems;

    private void ReadWatchdog(string text)
    {
        if (text == "off") UsesWatchdog = false;
        else _problems.Add($"aglet.watchdog={text} on the kernel's command line: only \"off\" is known; it is used");
    }

    private void ReadDisk(string text)
    {
        bool good = uint.TryParse(
            text, System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture,
            out uint signature);
        if (good && text.Length == 8) Disk = signature;
        else _problems.Add($"aglet.disk={text} on the kernel's command line: eight hexadecimal digits are expected");
    }
}
