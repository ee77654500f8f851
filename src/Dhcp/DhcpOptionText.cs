using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Aglet.Config;
using Aglet.Net;

namespace Aglet.Dhcp;

/// <summary>Options in words, for people: the names of the IANA registry, the data as its type reads. It allocates.</summary>
internal static class DhcpOptionText
{
    /// <summary>The name of an option in the IANA registry; empty for one that is not in common use.</summary>
    public static string NameOf(DhcpOption code) => code switch
    {
        DhcpOption.SubnetMask => "Subnet Mask",
        DhcpOption.Router => "Router",
        DhcpOption.DnsServers => "Domain Server",
        DhcpOption.HostName => "Hostname",
        DhcpOption.DomainName => "Domain Name",
        DhcpOption.InterfaceMtu => "MTU Interface",
        DhcpOption.BroadcastAddress => "Broadcast Address",
        DhcpOption.NtpServers => "NTP Servers",
        DhcpOption.VendorOptions => "Vendor Specific",
        DhcpOption.LeaseTime => "Address Time",
        DhcpOption.MessageType => "DHCP Msg Type",
        DhcpOption.ServerIdentifier => "DHCP Server Id",
        DhcpOption.Message => "DHCP Message",
        DhcpOption.RenewalTime => "Renewal Time",
        DhcpOption.RebindingTime => "Rebinding Time",
        DhcpOption.VendorClass => "Class Id",
        DhcpOption.ClientIdentifier => "Client Id",
        DhcpOption.TftpServerName => "Server-Name",
        DhcpOption.BootFileName => "Bootfile-Name",
        DhcpOption.RelayAgentInformation => "Relay Agent Information",
        DhcpOption.MachineIdentifier => "UUID/GUID",
        DhcpOption.DomainSearch => "Domain Search",
        DhcpOption.ClasslessRoutes or DhcpOption.MicrosoftRoutes => "Classless Static Route",
        DhcpOption.Ipxe => "Etherboot",
        DhcpOption.PxelinuxConfig => "Configuration File",
        DhcpOption.PxelinuxPrefix => "Path Prefix",
        _ => "",
    };

    /// <summary>The data as its type reads: addresses, seconds, text; hexadecimal where the type is not known.</summary>
    public static string ValueOf(DhcpOption code, ReadOnlySpan<byte> data) => code switch
    {
        DhcpOption.MessageType when data is [var type] => $"{type} ({((DhcpMessageType)type).ToString().ToUpperInvariant()})",
        DhcpOption.SubnetMask or DhcpOption.Router or DhcpOption.DnsServers or DhcpOption.BroadcastAddress
            or DhcpOption.NtpServers or DhcpOption.ServerIdentifier => Addresses(data),
        DhcpOption.LeaseTime or DhcpOption.RenewalTime or DhcpOption.RebindingTime => Seconds(data),
        DhcpOption.InterfaceMtu => DhcpOptions.U16(data).ToString(CultureInfo.InvariantCulture),
        DhcpOption.HostName or DhcpOption.DomainName or DhcpOption.Message or DhcpOption.VendorClass
            or DhcpOption.TftpServerName or DhcpOption.BootFileName or DhcpOption.PxelinuxConfig
            or DhcpOption.PxelinuxPrefix => Text(data),
        _ => DhcpOptionRules.TypeOf((int)code) switch
        {
            DhcpOptionType.Address or DhcpOptionType.Addresses => Addresses(data),
            DhcpOptionType.Text => Text(data),
            DhcpOptionType.U8 or DhcpOptionType.Bool when data.Length == 1 => data[0].ToString(CultureInfo.InvariantCulture),
            DhcpOptionType.U16 when data.Length == 2 => DhcpOptions.U16(data).ToString(CultureInfo.InvariantCulture),
            DhcpOptionType.U32 when data.Length == 4 => DhcpOptions.U32(data).ToString(CultureInfo.InvariantCulture),
            _ => Hex(data),
        },
    };

    private static string Addresses(ReadOnlySpan<byte> data)
    {
        if (data.Length == 0 || data.Length % 4 != 0) return Hex(data);
        List<string> addresses = [];
        for (int i = 0; i < data.Length; i += 4) addresses.Add(Ipv4Address.Read(data.Slice(i, 4)).ToString());
        return string.Join(", ", addresses);
    }

    private static string Seconds(ReadOnlySpan<byte> data)
    {
        if (data.Length != 4) return Hex(data);
        uint seconds = BinaryPrimitives.ReadUInt32BigEndian(data);
        return seconds == uint.MaxValue ? "infinite" : string.Create(CultureInfo.InvariantCulture, $"{seconds} s");
    }

    /// <summary>What ends with the NUL that old ROMs want is text all the same.</summary>
    private static string Text(ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> text = data is [.., 0] ? data[..^1] : data;
        foreach (byte b in text)
        {
            if (b is < 0x20 or 0x7F) return Hex(data);
        }

        return Encoding.UTF8.GetString(text);
    }

    private static string Hex(ReadOnlySpan<byte> data) => Convert.ToHexStringLower(data);
}
