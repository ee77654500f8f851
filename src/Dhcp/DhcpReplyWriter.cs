using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Aglet.Config;
using Aglet.Core;
using Aglet.Net;
using Aglet.Wire;

namespace Aglet.Dhcp;

/// <summary>Writes replies that every known client takes.</summary>
/// <remarks>
/// <list type="bullet">
/// <item>Options in one order: 53 54 51 58 59 1 3 6, what else was asked for or is always told, 60 97 43 66 67, 82
/// last, END.</item>
/// <item>Never option 13 (EDK2 trusts it over tsize) and never overload (shim reads the <c>file</c> field).</item>
/// <item>Option 67 never stands directly before another option: EDK2 writes a NUL one byte past it when it has none.</item>
/// <item>At least 300 bytes; at most what option 57 allows, 548 without it, and never over 1472 (EDK2 drops it).</item>
/// <item>No option of a length that EDK2 refuses, for it drops the whole packet then.</item>
/// </list>
/// </remarks>
[SkipLocalsInit]
internal static class DhcpReplyWriter
{
    private const int HeaderBytes = 28;
    private const int FileFieldBytes = 128;
    private const int ServerNameFieldBytes = 64;
    private const ushort BroadcastBit = 0x8000;

    /// <summary>Writes a reply to a request; false when what must be said does not fit.</summary>
    public static bool TryWrite(
        in DhcpMessage request, in DhcpReply reply, DhcpNetwork network, Span<byte> target, out int written)
    {
        written = 0;
        int limit = Math.Min(target.Length, LimitFor(request, reply.Type));
        if (limit < Limits.DhcpReplyBytesMin) return false;
        Span<byte> room = stackalloc byte[512];
        ReadOnlySpan<byte> relay = request.Joined(DhcpOption.RelayAgentInformation, room);
        int relayBytes = relay.IsEmpty ? 0 : relay.Length + (2 * ((relay.Length + 254) / 255));
        if (DhcpMessage.FixedBytes + relayBytes >= limit) return false;
        WriteFixed(request, reply, target);

        // What must stand at the end is set aside first: END and option 82.
        WireWriter options = new(target[DhcpMessage.FixedBytes..(limit - relayBytes - 1)]);
        WriteNeeded(ref options, reply, network);
        if (options.Overflow) return false;
        int bootBytes = BootBytes(request, reply);
        WriteAsked(ref options, request, reply, network, bootBytes);
        WriteBoot(ref options, request, reply);

        WireWriter tail = new(target[(DhcpMessage.FixedBytes + options.Length)..limit]);
        for (; !relay.IsEmpty; relay = relay[Math.Min(255, relay.Length)..])
        {
            // RFC 3046: byte for byte, the last option. Longer than 255 it is split again as it came (RFC 3396).
            tail.U8((byte)DhcpOption.RelayAgentInformation);
            tail.U8((byte)Math.Min(255, relay.Length));
            tail.Bytes(relay[..Math.Min(255, relay.Length)]);
        }

        tail.U8((byte)DhcpOption.End);
        int length = DhcpMessage.FixedBytes + options.Length + tail.Length;
        tail.Zeros(Math.Max(0, Limits.DhcpReplyBytesMin - length));
        written = Math.Max(length, Limits.DhcpReplyBytesMin);
        return !tail.Overflow;
    }

    /// <summary>
    /// Option 57 counts IP and UDP headers (RFC 2132 §9.10); less than 576 is not legal and so means 576. A BOOTP reply
    /// has 64 bytes for vendor information, the cookie among them (RFC 951).
    /// </summary>
    private static int LimitFor(in DhcpMessage request, DhcpMessageType type)
    {
        if (type == DhcpMessageType.None) return Limits.DhcpReplyBytesMin;
        int asked = DhcpOptions.U16(request[DhcpOption.MaxMessageSize]) - HeaderBytes;
        return Math.Clamp(asked, Limits.DhcpReplyBytesDefault, Limits.DhcpReplyBytesMax);
    }

    private static void WriteFixed(in DhcpMessage request, in DhcpReply reply, Span<byte> target)
    {
        bool isNak = reply.Type == DhcpMessageType.NegativeAcknowledgment;
        WireWriter writer = new(target);
        writer.U8(DhcpMessage.BootReply);
        writer.U8(request.HardwareType);
        writer.U8(request.HardwareLength);
        writer.U8(0);
        writer.U32(request.TransactionId);
        writer.U16(0);

        // A relay must broadcast a NAK: the client may be at an address of another network (RFC 2131 §4.3.2).
        writer.U16((ushort)(isNak && !request.RelayAddress.IsAny ? request.Flags | BroadcastBit : request.Flags));
        writer.U32(reply.ClientAddress.Value);
        writer.U32(reply.YourAddress.Value);
        writer.U32(reply.BootServer.Value);
        writer.U32(request.RelayAddress.Value);
        writer.Bytes(request.HardwareAddressField);
        WriteField(ref writer, reply.BootServerText, ServerNameFieldBytes);
        WriteField(ref writer, reply.BootFile, FileFieldBytes);
        writer.U32(DhcpMessage.Cookie);
        Check.That(writer.Length == DhcpMessage.FixedBytes);
    }

    /// <summary>Text ended by a NUL; what is too long is left to its option.</summary>
    private static void WriteField(ref WireWriter writer, scoped ReadOnlySpan<byte> text, int bytes)
    {
        Span<byte> field = writer.Room(bytes);
        field.Clear();
        if (text.Length < bytes) text.CopyTo(field);
    }

    private static void WriteNeeded(ref WireWriter options, in DhcpReply reply, DhcpNetwork network)
    {
        if (reply.Type != DhcpMessageType.None)
        {
            options.U8((byte)DhcpOption.MessageType);
            options.U8(1);
            options.U8((byte)reply.Type);
            PutU32(ref options, DhcpOption.ServerIdentifier, reply.ServerIdentifier.Value);
        }

        if (reply.LeaseSeconds != 0)
        {
            // RFC 2131 §4.4.5: renew at half of the lease, rebind at seven eighths. An infinite lease has neither.
            bool isInfinite = reply.LeaseSeconds == uint.MaxValue;
            PutU32(ref options, DhcpOption.LeaseTime, reply.LeaseSeconds);
            PutU32(ref options, DhcpOption.RenewalTime, isInfinite ? uint.MaxValue : reply.LeaseSeconds / 2);
            PutU32(
                ref options,
                DhcpOption.RebindingTime,
                isInfinite ? uint.MaxValue : reply.LeaseSeconds - (reply.LeaseSeconds / 8));
        }

        if (!reply.TellsNetwork) return;

        // The mask stands before the router (RFC 2132 §3.3), and EDK2 takes no offer without it.
        PutU32(ref options, DhcpOption.SubnetMask, network.Prefix.Mask.Value);
        if (!network.Router.IsAny) PutU32(ref options, DhcpOption.Router, network.Router.Value);
    }

    private static void WriteAsked(
        ref WireWriter options, in DhcpMessage request, in DhcpReply reply, DhcpNetwork network, int keep)
    {
        if (reply.TellsNetwork) WriteNetwork(ref options, request, reply, network, keep);
        Put(ref options, DhcpOption.Message, reply.Message, keep);

        // RFC 6842: a client that named itself is answered by that name. BOOTP knows no such name.
        if (reply.Type == DhcpMessageType.None) return;
        Put(ref options, DhcpOption.ClientIdentifier, request[DhcpOption.ClientIdentifier], keep);
        Put(ref options, DhcpOption.Ipxe, reply.IpxeOptions, keep);

        // Only to who names them: PXELINUX and U-Boot then ask for this file alone, and nobody else knows them.
        ReadOnlySpan<byte> asked = request[DhcpOption.ParameterList];
        if (asked.Contains((byte)DhcpOption.PxelinuxConfig))
            Put(ref options, DhcpOption.PxelinuxConfig, reply.PxelinuxConfig, keep);
        if (asked.Contains((byte)DhcpOption.PxelinuxPrefix))
            Put(ref options, DhcpOption.PxelinuxPrefix, reply.PxelinuxPrefix, keep);
    }

    private static void WriteNetwork(
        ref WireWriter options, in DhcpMessage request, in DhcpReply reply, DhcpNetwork network, int keep)
    {
        Put(ref options, DhcpOption.DnsServers, network.Dns, keep);
        if (request.Asks(DhcpOption.HostName)) PutHostName(ref options, request, reply.HostName, keep);
        if (request.Asks(DhcpOption.DomainName)) Put(ref options, DhcpOption.DomainName, network.Domain, keep);
        Span<byte> room = stackalloc byte[4];
        if (request.Asks(DhcpOption.BroadcastAddress))
        {
            network.Prefix.BroadcastAddress.Write(room);
            Put(ref options, DhcpOption.BroadcastAddress, room, keep);
        }

        if (network.MtuBytes != 0 && request.Asks(DhcpOption.InterfaceMtu))
        {
            BinaryPrimitives.WriteUInt16BigEndian(room, network.MtuBytes);
            Put(ref options, DhcpOption.InterfaceMtu, room[..2], keep);
        }

        if (request.Asks(DhcpOption.NtpServers)) Put(ref options, DhcpOption.NtpServers, network.Ntp, keep);

        // RFC 3011: who chose the network by this option looks for it in the reply.
        Put(ref options, DhcpOption.SubnetSelection, request[DhcpOption.SubnetSelection], keep);
        foreach (DhcpOptionSetting option in network.Options)
        {
            if (option.IsAlways || request.Asks((DhcpOption)option.Code))
            {
                Put(ref options, (DhcpOption)option.Code, option.Data, keep);
            }
        }

        // The long ones are last, so that one that does not fit takes nobody's room.
        if (request.Asks(DhcpOption.ClasslessRoutes))
        {
            PutLong(ref options, DhcpOption.ClasslessRoutes, network.Routes, keep, reply.JoinsOptions);
        }

        if (request.Asks(DhcpOption.MicrosoftRoutes))
        {
            PutLong(ref options, DhcpOption.MicrosoftRoutes, network.Routes, keep, reply.JoinsOptions);
        }

        if (request.Asks(DhcpOption.DomainSearch))
        {
            PutLong(ref options, DhcpOption.DomainSearch, network.Search, keep, reply.JoinsOptions);
        }
    }

    private static void WriteBoot(ref WireWriter options, in DhcpMessage request, in DhcpReply reply)
    {
        Put(ref options, DhcpOption.VendorClass, reply.VendorClass);
        if (!reply.VendorClass.IsEmpty) Put(ref options, DhcpOption.MachineIdentifier, request[DhcpOption.MachineIdentifier]);
        Put(ref options, DhcpOption.VendorOptions, reply.VendorOptions);

        // Few read 66, and the file field says what 67 says: on a full packet they are left out in this order.
        int fileBytes = FileBytes(reply);
        Put(ref options, DhcpOption.TftpServerName, reply.BootServerText, fileBytes);
        if (fileBytes == 0 || options.Remaining < fileBytes) return;

        // The zero byte after the name is a NUL inside the option or a PAD behind it: only the length tells.
        options.U8((byte)DhcpOption.BootFileName);
        options.U8((byte)(reply.BootFile.Length + (reply.EndsFileWithNul ? 1 : 0)));
        options.Bytes(reply.BootFile);
        options.U8((byte)DhcpOption.Pad);
    }

    /// <summary>Room for <see cref="WriteBoot"/>, so that nothing less important takes it.</summary>
    private static int BootBytes(in DhcpMessage request, in DhcpReply reply) =>
        SizeOf(reply.VendorClass)
        + (reply.VendorClass.IsEmpty ? 0 : SizeOf(request[DhcpOption.MachineIdentifier]))
        + SizeOf(reply.VendorOptions)
        + SizeOf(reply.BootServerText)
        + FileBytes(reply);

    private static int FileBytes(in DhcpReply reply) =>
        reply.BootFile.IsEmpty || reply.BootFile.Length > 254 ? 0 : reply.BootFile.Length + 3;

    private static int SizeOf(ReadOnlySpan<byte> data) => data.IsEmpty ? 0 : data.Length + 2;

    /// <summary>A client that ends its own name with a NUL wants ours so.</summary>
    private static void PutHostName(
        ref WireWriter options, in DhcpMessage request, scoped ReadOnlySpan<byte> name, int keep)
    {
        bool endsWithNul = request[DhcpOption.HostName] is [.., 0];
        int bytes = name.Length + (endsWithNul ? 1 : 0);
        if (name.IsEmpty || bytes > 255 || options.Remaining < keep + bytes + 2) return;
        options.U8((byte)DhcpOption.HostName);
        options.U8((byte)bytes);
        options.Bytes(name);
        if (endsWithNul) options.U8(0);
    }

    /// <summary>Writes an option when it has data of a valid length and leaves <paramref name="keep"/> bytes.</summary>
    private static void Put(ref WireWriter options, DhcpOption code, scoped ReadOnlySpan<byte> data, int keep = 0)
    {
        if (data.IsEmpty || data.Length > 255 || !DhcpOptionRules.IsLengthValid((byte)code, data.Length)) return;
        if (options.Remaining < data.Length + 2 + keep) return;
        options.U8((byte)code);
        options.U8((byte)data.Length);
        options.Bytes(data);
    }

    /// <summary>Writes an option in as many parts as it takes (RFC 3396); whole or not at all.</summary>
    private static void PutLong(
        ref WireWriter options, DhcpOption code, scoped ReadOnlySpan<byte> data, int keep, bool canSplit)
    {
        if (data.Length <= 255)
        {
            Put(ref options, code, data, keep);
            return;
        }

        int parts = (data.Length + 254) / 255;
        if (!canSplit || options.Remaining < data.Length + (2 * parts) + keep) return;
        for (; !data.IsEmpty; data = data[Math.Min(255, data.Length)..])
        {
            options.U8((byte)code);
            options.U8((byte)Math.Min(255, data.Length));
            options.Bytes(data[..Math.Min(255, data.Length)]);
        }
    }

    private static void PutU32(ref WireWriter options, DhcpOption code, uint value)
    {
        options.U8((byte)code);
        options.U8(4);
        options.U32(value);
    }
}
