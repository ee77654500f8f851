using System;
using Aglet.Net;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>A path as a Raspberry Pi asks: <c>12345678/start4.elf</c>, <c>dc-a6-32-01-36-c2/start4.elf</c> or bare.</summary>
/// <remarks>
/// The boot ROM of the Pi 3 and the EEPROM of later ones put the serial number (the default) or the MAC before every name,
/// until start4.elf, start.elf or config.txt is not found below it; then all is asked for from the root.
/// </remarks>
internal readonly ref struct RaspberryPiPath
{
    /// <summary>The prefix that says which machine asks.</summary>
    public DocumentOwner Owner { get; private init; }

    /// <summary>Eight lower-case hexadecimal digits; empty without.</summary>
    public ReadOnlySpan<byte> Serial { get; private init; }

    public HardwareAddress HardwareAddress { get; private init; }

    /// <summary>What follows the prefix.</summary>
    public ReadOnlySpan<byte> Rest { get; private init; }

    public static RaspberryPiPath Parse(ReadOnlySpan<byte> key)
    {
        int slash = key.IndexOf((byte)'/');
        if (slash == 8 && IsSerial(key[..8]))
            return new() { Owner = DocumentOwner.Serial, Serial = key[..8], Rest = key[9..] };
        HardwareAddress address = default;
        bool isAddress = slash == 17 && key[2] == '-' && HardwareAddress.TryParse(key[..17], out address);
        if (!isAddress) return new() { Rest = key };
        return new() { Owner = DocumentOwner.Hardware, HardwareAddress = address, Rest = key[18..] };
    }

    private static bool IsSerial(ReadOnlySpan<byte> text)
    {
        foreach (byte b in text)
        {
            if (AsciiText.HexValue(b) < 0 || b is >= (byte)'A' and <= (byte)'F') return false;
        }

        return true;
    }
}
