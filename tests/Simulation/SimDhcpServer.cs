using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Aglet.Net;

namespace Aglet.Tests.Simulation;

/// <summary>Somebody else's DHCP server: it gives addresses and knows nothing of booting.</summary>
internal sealed class SimDhcpServer(HardwareAddress hardwareAddress, Ipv4Address first) : SimHost(hardwareAddress)
{
    private readonly Dictionary<HardwareAddress, Ipv4Address> _leases = [];

    public override bool IsListening(ushort port) => port == 67;

    public override void OnTimer()
    {
    }

    public override void OnDatagram(in IpEndpoint source, in IpEndpoint destination, ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 240 || payload[0] != 1) return;
        byte type = Option(payload, 53) is [byte value] ? value : (byte)0;
        ReadOnlySpan<byte> chosen = Option(payload, 54);
        if (type is not 1 and not 3) return;
        if (type == 3 && (chosen.Length != 4 || Ipv4Address.Read(chosen) != Address)) return;
        HardwareAddress client = HardwareAddress.Read(payload.Slice(28, 6));
        if (!_leases.TryGetValue(client, out Ipv4Address lease))
        {
            lease = new(first.Value + (uint)_leases.Count);
            _leases.Add(client, lease);
        }

        Span<byte> reply = stackalloc byte[300];
        reply.Clear();
        payload[..44].CopyTo(reply);
        reply[0] = 2;
        lease.Write(reply[16..]);
        reply[20..28].Clear();
        BinaryPrimitives.WriteUInt32BigEndian(reply[236..], 0x63825363);
        ReadOnlySpan<byte> options = [53, 1, (byte)(type == 1 ? 2 : 5), 51, 4, 0, 0, 14, 16, 1, 4, 255, 255, 240, 0, 54, 4];
        options.CopyTo(reply[240..]);
        Address.Write(reply[(240 + options.Length)..]);
        reply[244 + options.Length] = 255;
        Network.Send(this, 67, new(Ipv4Address.Broadcast, 68), reply);
    }

    private static ReadOnlySpan<byte> Option(ReadOnlySpan<byte> packet, byte wanted)
    {
        int at = 240;
        while (at + 1 < packet.Length && packet[at] != 255)
        {
            if (packet[at] == 0)
            {
                at++;
                continue;
            }

            if (packet[at] == wanted) return packet.Slice(at + 2, packet[at + 1]);
            at += 2 + packet[at + 1];
        }

        return default;
    }
}
