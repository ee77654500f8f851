using System;
using System.Buffers.Binary;
using Aglet.Boot;
using Aglet.Net;
using Aglet.Wire;

namespace Aglet.Dhcp;

/// <summary>Tells from its options who asks: firmware, iPXE, U-Boot, Raspberry Pi or a system.</summary>
internal static class DhcpClientReader
{
    private const DhcpOption IpxeHttp = (DhcpOption)0x13;
    private const DhcpOption IpxeVersion = (DhcpOption)0xEB;

    /// <summary>Reads options 60, 77, 93, 97 and 175.</summary>
    /// <param name="message">Any message of the client.</param>
    /// <param name="isProxied">Its address comes from somebody else.</param>
    public static BootClient Read(in DhcpMessage message, bool isProxied)
    {
        Span<byte> room = stackalloc byte[256];
        ReadOnlySpan<byte> vendorClass = message[DhcpOption.VendorClass];
        bool isHttp = vendorClass.StartsWith("HTTPClient"u8);
        bool isPxe = vendorClass.StartsWith("PXEClient"u8);
        bool isRaspberryPi = IsRaspberryPi(message, vendorClass);
        ClientArchitecture? architecture = ArchitectureOf(message[DhcpOption.ClientArchitecture], vendorClass);
        bool isIpxe = IsIpxe(message[DhcpOption.UserClass], message.Joined(DhcpOption.Ipxe, room), out bool ipxeHasHttp);
        BootStage stage = isIpxe ? BootStage.Ipxe
            : vendorClass.StartsWith("U-Boot"u8) ? BootStage.UBoot
            : isRaspberryPi ? BootStage.Firmware
            : !isPxe && !isHttp ? BootStage.System
            : architecture is { Firmware: FirmwareKind.UBoot } ? BootStage.UBoot
            : BootStage.Firmware;
        return new(
            message.HardwareAddress, UuidOf(message[DhcpOption.MachineIdentifier]), architecture, stage,
            isHttp, ipxeHasHttp, isProxied)
        {
            IsRaspberryPi = isRaspberryPi && stage == BootStage.Firmware,
        };
    }

    /// <summary>The first type of option 93 that is registered, else the number after <c>Arch:</c> in option 60.</summary>
    /// <remarks>Some firmware lists several types; U-Boot sends 0xFFFF when it was built without one.</remarks>
    private static ClientArchitecture? ArchitectureOf(ReadOnlySpan<byte> types, ReadOnlySpan<byte> vendorClass)
    {
        for (; types.Length >= 2; types = types[2..])
        {
            if (ClientArchitecture.ForCode(BinaryPrimitives.ReadUInt16BigEndian(types)) is { } listed) return listed;
        }

        int at = vendorClass.IndexOf(":Arch:"u8);
        if (at < 0) return null;
        ReadOnlySpan<byte> digits = vendorClass[(at + 6)..];
        int end = digits.IndexOf((byte)':');
        if (end >= 0) digits = digits[..end];
        return AsciiText.TryParseDecimal(digits, 65535, out ulong code) ? ClientArchitecture.ForCode((int)code) : null;
    }

    /// <summary>
    /// iPXE says <c>iPXE</c> in option 77, without the length byte that RFC 3004 asks for, or sends option 175.
    /// </summary>
    private static bool IsIpxe(ReadOnlySpan<byte> userClass, ReadOnlySpan<byte> encapsulated, out bool hasHttp)
    {
        bool hasFeatures = false;
        bool saysHttp = false;
        DhcpOptionWalker walker = new(encapsulated);
        while (walker.MoveNext())
        {
            bool isFeature = (byte)walker.Code is >= 0x10 and <= 0x29;
            hasFeatures |= isFeature || walker.Code == IpxeVersion;
            saysHttp |= walker.Code == IpxeHttp && walker.Data is [not 0, ..];
        }

        // Without a list of features nothing is known against it: every iPXE of the last decade can HTTP.
        hasHttp = saysHttp;
        if (!IsUserClassIpxe(userClass)) return hasFeatures;
        hasHttp |= !hasFeatures;
        return true;
    }

    private static bool IsUserClassIpxe(ReadOnlySpan<byte> userClass)
    {
        if (userClass.SequenceEqual("iPXE"u8)) return true;
        while (!userClass.IsEmpty && userClass[0] < userClass.Length)
        {
            if (userClass.Slice(1, userClass[0]).SequenceEqual("iPXE"u8)) return true;
            userClass = userClass[(userClass[0] + 1)..];
        }

        return false;
    }

    /// <summary>Option 97 of type 0; none when all its bytes are the same.</summary>
    /// <remarks>EDK2 sends zeros when the board has no UUID, and every Raspberry Pi 3 B sends sixteen times 0x44.</remarks>
    private static MachineUuid UuidOf(ReadOnlySpan<byte> identifier)
    {
        if (identifier.Length != 17 || identifier[0] != 0) return default;
        ReadOnlySpan<byte> bytes = identifier[1..];
        return bytes.IndexOfAnyExcept(bytes[0]) < 0 ? default : MachineUuid.ReadSmbios(bytes);
    }

    /// <remarks>
    /// Pi 4 and 5 begin option 97 with <c>RPi4</c> or <c>RPi5</c>, unless set otherwise, and early ones leave option 60 out
    /// of the REQUEST (rpi-eeprom#82); the Pi 3 has only its address range and the UNDI version 2.1 that no PC has.
    /// </remarks>
    private static bool IsRaspberryPi(in DhcpMessage message, ReadOnlySpan<byte> vendorClass)
    {
        ReadOnlySpan<byte> identifier = message[DhcpOption.MachineIdentifier];
        if (identifier.Length == 17 && identifier[1..].StartsWith("RPi"u8)) return true;
        if (message.HardwareLength != 6 || !vendorClass.EndsWith(":UNDI:002001"u8)) return false;
        ReadOnlySpan<byte> address = message.HardwareAddressField;
        return ((address[0] << 16) | (address[1] << 8) | address[2]) is
            0xB827EB or 0xDCA632 or 0xE45F01 or 0xD83ADD or 0x2CCF67 or 0x28CDC1 or 0x88A29E;
    }
}
