using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Aglet.Boot;
using Aglet.Core;
using Aglet.Net;
using Aglet.Wire;

namespace Aglet.Dhcp;

/// <summary>Tells from its options who asks: firmware, iPXE, U-Boot, Raspberry Pi or a system.</summary>
internal static class DhcpClientReader
{
    private const byte IpxeHttp = 0x13;
    private const byte IpxeBzImage = 0x18;
    private const byte IpxePxe = 0x21;
    private const byte IpxeEfi = 0x24;
    private const byte IpxeMenu = 0x27;
    private const byte IpxeVersion = 0xEB;

    /// <summary>Option 60 of every Raspberry Pi, and of many a PC.</summary>
    private static ReadOnlySpan<byte> PiClass => "PXEClient:Arch:00000:UNDI:002001"u8;

    /// <summary>The transaction identifier of every Pi 3: its ROM has no chance to draw on.</summary>
    private const uint Pi3TransactionId = 0x26F3_0339;

    /// <summary>Reads options 60, 77, 93, 97 and 175.</summary>
    /// <param name="message">Any message of the client.</param>
    /// <param name="isProxied">Its address comes from somebody else.</param>
    [SkipLocalsInit]
    public static BootClient Read(in DhcpMessage message, bool isProxied)
    {
        Span<byte> room = stackalloc byte[256];
        ReadOnlySpan<byte> vendorClass = message[DhcpOption.VendorClass];
        bool isHttp = vendorClass.StartsWith("HTTPClient"u8);
        bool isPxe = vendorClass.StartsWith("PXEClient"u8);
        bool isRaspberryPi = IsRaspberryPi(message, vendorClass);
        ClientArchitecture? architecture = ArchitectureOf(message[DhcpOption.ClientArchitecture], vendorClass);
        ulong features = FeaturesOf(message.Joined(DhcpOption.Ipxe, room));
        bool isIpxe = features != 0 || IsUserClassIpxe(message[DhcpOption.UserClass]);
        BootStage stage = isIpxe ? BootStage.Ipxe
            : vendorClass.StartsWith("U-Boot"u8) ? BootStage.UBoot
            : isRaspberryPi ? BootStage.Firmware
            : !isPxe && !isHttp ? BootStage.System
            : architecture is { Firmware: FirmwareKind.UBoot } ? BootStage.UBoot
            : BootStage.Firmware;
        return new(
            message.HardwareAddress, UuidOf(message[DhcpOption.MachineIdentifier]), architecture, stage,
            isHttp, Has(features, IpxeHttp) || (isIpxe && features == 0), isProxied)
        {
            IpxeLacksFeatures = features != 0 && !CanBoot(features),
            IsRaspberryPi = isRaspberryPi && stage == BootStage.Firmware,
            VendorClass = new(vendorClass),
            SystemMark = stage == BootStage.System ? MarkOf(message, vendorClass) : 0,
            Network = message.RelayAddress,
        };
    }

    /// <summary>Its client identifier and vendor class: udhcpc, dhclient, NetworkManager and networkd differ in them.</summary>
    private static ulong MarkOf(in DhcpMessage message, ReadOnlySpan<byte> vendorClass)
    {
        bool isFresh = message.Type is DhcpMessageType.Discover or DhcpMessageType.Request && message.ClientAddress.IsAny;
        if (!isFresh) return 0;
        ulong mark = Fnv.Hash(message[DhcpOption.ClientIdentifier]);
        return Math.Max(1, Fnv.Mix(mark ^ Fnv.Mix(Fnv.Hash(vendorClass))));
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
    /// The features that iPXE lists in option 175, as bits from 0x10 on; 0 when it lists none, and then nothing is known
    /// against it: every iPXE of the last decade can HTTP.
    /// </summary>
    private static ulong FeaturesOf(ReadOnlySpan<byte> encapsulated)
    {
        ulong features = 0;
        DhcpOptionWalker walker = new(encapsulated);
        while (walker.MoveNext())
        {
            byte code = (byte)walker.Code;
            if (code == IpxeVersion) features |= 1; // not a feature, but says that what is not listed is not there
            if (code is >= 0x10 and <= 0x29 && walker.Data is [not 0, ..]) features |= 1UL << (code - 0x0F);
        }

        return features;
    }

    private static bool Has(ulong features, byte code) => (features & (1UL << (code - 0x0F))) != 0;

    /// <summary>What our scripts need: menus, and on a BIOS the PXE loader and Linux kernels (as LTSP asks, too).</summary>
    private static bool CanBoot(ulong features) =>
        Has(features, IpxeMenu) && (Has(features, IpxeEfi) || (Has(features, IpxePxe) && Has(features, IpxeBzImage)));

    /// <summary>
    /// iPXE says <c>iPXE</c> in option 77, without the length byte that RFC 3004 asks for, or sends option 175.
    /// </summary>
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
    /// Pi 4 and 5 begin option 97 with <c>RPi4</c> or <c>RPi5</c>, and early ones leave option 60 out of the REQUEST
    /// (rpi-eeprom#82). Set to their old ways, and on a Pi 3 B+, option 97 is four times the serial number, as no PC has
    /// it. A Pi 3 B says 44 sixteen times, which a careless board may say too: there its fixed transaction identifier
    /// tells, or else its address range.
    /// </remarks>
    private static bool IsRaspberryPi(in DhcpMessage message, ReadOnlySpan<byte> vendorClass)
    {
        ReadOnlySpan<byte> identifier = message[DhcpOption.MachineIdentifier];
        if (identifier.Length == 17 && identifier[1..].StartsWith("RPi"u8)) return true;
        if (message.HardwareLength != 6 || !vendorClass.SequenceEqual(PiClass)) return false;
        if (message.TransactionId == Pi3TransactionId || IsFourTimesTheSame(identifier)) return true;
        ReadOnlySpan<byte> address = message.HardwareAddressField;
        return ((address[0] << 16) | (address[1] << 8) | address[2]) is
            0xB827EB or 0xDCA632 or 0xE45F01 or 0xD83ADD or 0x2CCF67 or 0x28CDC1 or 0x88A29E;
    }

    /// <summary>One number of four bytes four times, but not one byte sixteen times.</summary>
    private static bool IsFourTimesTheSame(ReadOnlySpan<byte> identifier)
    {
        if (identifier.Length != 17) return false;
        ReadOnlySpan<byte> bytes = identifier[1..];
        return bytes[..12].SequenceEqual(bytes[4..]) && bytes.IndexOfAnyExcept(bytes[0]) >= 0;
    }
}
