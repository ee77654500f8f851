using System.Collections.Generic;
using System.Threading.Tasks;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Tests.Simulation;

/// <summary>What a client says of itself in each of its DHCP requests.</summary>
internal sealed record SimDhcpIdentity
{
    /// <summary>Option 60; empty to leave it out.</summary>
    public string VendorClass { get; init; } = "";

    /// <summary>Option 93; -1 to leave it out.</summary>
    public int Architecture { get; init; } = -1;

    /// <summary>Option 77.</summary>
    public string UserClass { get; init; } = "";

    /// <summary>Option 61.</summary>
    public byte[] ClientId { get; init; } = [];

    /// <summary>Option 175.</summary>
    public byte[] IpxeFeatures { get; init; } = [];

    /// <summary>Option 97's 16 bytes in SMBIOS order; empty to leave it out.</summary>
    public byte[] Uuid { get; init; } = [];

    /// <summary>The broadcast flag.</summary>
    public bool Broadcast { get; init; }

    /// <summary>The port that asks 4011: EDK2 uses 4011 itself, everybody else 68.</summary>
    public ushort ProxyPort { get; init; } = 68;

    /// <summary>It wants to be told what to boot, not just an address.</summary>
    public bool WantsBoot => Architecture >= 0;
}

/// <summary>What a client has after its DHCP exchange.</summary>
/// <param name="Address">Its own.</param>
/// <param name="Acknowledgment">The reply that gave the address.</param>
/// <param name="Boot">The reply with the boot file: the same, a proxy's offer, or a proxy's reply from port 4011.</param>
internal sealed record SimBinding(Ipv4Address Address, SimDhcpReply Acknowledgment, SimDhcpReply Boot);

/// <summary>DISCOVER, OFFER, REQUEST, ACK with the timers of EDK2, and the proxy's part beside it.</summary>
internal static class SimDhcpClient
{
    private static readonly IpEndpoint _everybody = new(Ipv4Address.Broadcast, 67);

    /// <summary>EDK2's and the PXE specification's waits.</summary>
    private static readonly int[] _waitSeconds = [4, 8, 16, 32];

    /// <summary>Gets an address and, where the client wants it, boot data.</summary>
    public static async Task<SimBinding> Configure(SimMachine machine, SimDhcpIdentity identity)
    {
        SimPort port = machine.Open(68);
        try
        {
            (SimDhcpReply offer, SimDhcpReply? proxy) = await Discover(machine, port, identity);
            SimDhcpReply acknowledgment = await Request(machine, port, identity, offer);
            machine.Network.Claim(machine, acknowledgment.YourAddress);
            SimDhcpReply boot = proxy is null ? acknowledgment : await AskProxy(machine, port, identity, proxy);
            return new(acknowledgment.YourAddress, acknowledgment, boot);
        }
        finally
        {
            machine.Close(port);
        }
    }

    private static async Task<(SimDhcpReply Offer, SimDhcpReply? Proxy)> Discover(
        SimMachine machine, SimPort port, SimDhcpIdentity identity)
    {
        uint transactionId = machine.Random();
        SimDhcpReply? offer = null;
        SimDhcpReply? proxy = null;
        foreach (int seconds in _waitSeconds)
        {
            machine.Send(port, _everybody, Describe(new(1, transactionId, machine.HardwareAddress) { Broadcast = identity.Broadcast }, identity).ToBytes());
            Instant deadline = machine.Now + Duration.FromSeconds(seconds);
            while (await NextReply(machine, port, transactionId, deadline) is { } reply)
            {
                if (reply.Type != 2) continue;
                if (reply.YourAddress.IsAny) proxy ??= CheckProxy(reply, identity);
                else offer ??= CheckOffer(reply);
                if (offer is null) continue;
                if (!identity.WantsBoot || offer.BootFile.Length > 0) return (offer, null);
                if (proxy is not null) return (offer, proxy);
            }
        }

        throw new BootFailure(offer is null ? "PXE-E51: no DHCP offer" : "PXE-E53: no boot file name");
    }

    private static async Task<SimDhcpReply> Request(
        SimMachine machine, SimPort port, SimDhcpIdentity identity, SimDhcpReply offer)
    {
        foreach (int seconds in _waitSeconds)
        {
            SimDhcpRequest request = new(3, offer.TransactionId, machine.HardwareAddress) { Broadcast = identity.Broadcast };
            Describe(request.With(50, offer.YourAddress).With(54, offer.ServerId), identity);
            machine.Send(port, _everybody, request.ToBytes());
            Instant deadline = machine.Now + Duration.FromSeconds(seconds);
            while (await NextReply(machine, port, offer.TransactionId, deadline) is { } reply)
            {
                if (reply.Type == 6) throw new BootFailure("the server says NAK: EDK2 gives up");
                if (reply.Type != 5) continue;
                if (reply.YourAddress != offer.YourAddress || reply.ServerId != offer.ServerId)
                {
                    throw new ServerFault("the ACK is not for what was offered: EDK2 declines the address");
                }

                if (identity.WantsBoot && reply.BootFile != offer.BootFile) throw new ServerFault("the ACK names another boot file");
                CheckOffer(reply);
                return reply;
            }
        }

        throw new BootFailure("no ACK");
    }

    /// <summary>Port 4011, unless the proxy's offer says "take this file" by itself.</summary>
    private static async Task<SimDhcpReply> AskProxy(
        SimMachine machine, SimPort port, SimDhcpIdentity identity, SimDhcpReply proxy)
    {
        // UEFI HTTP Boot has no phase at port 4011, and iPXE takes a proxy offer with a file as it is.
        if (proxy.BootFile.Length > 0 && (proxy.IsDirect || identity.VendorClass.StartsWith("HTTPClient", System.StringComparison.Ordinal))) return proxy;
        SimPort asking = identity.ProxyPort == port.Number ? port : machine.Open(identity.ProxyPort);
        try
        {
            uint transactionId = machine.Random();
            foreach (int seconds in (int[])[1, 2, 3, 4])
            {
                SimDhcpRequest request = new(3, transactionId, machine.HardwareAddress) { ClientAddress = machine.Address };
                machine.Send(asking, new(proxy.ServerId, 4011), Describe(request, identity).ToBytes());
                Instant deadline = machine.Now + Duration.FromSeconds(seconds);
                while (await NextReply(machine, asking, transactionId, deadline, fromPort: 4011) is { } reply)
                {
                    if (reply.Type != 5) continue;
                    if (!reply.YourAddress.IsAny) throw new ServerFault("a proxy gives addresses at port 4011");
                    if (reply.BootFile.Length == 0) throw new BootFailure("PXE-E53: no boot file name from the proxy");
                    return reply;
                }
            }
        }
        finally
        {
            if (asking != port) machine.Close(asking);
        }

        if (proxy.BootFile.Length > 0 && identity.UserClass.Length > 0) return proxy;
        throw new BootFailure("PXE-E55: the proxy did not answer at port 4011");
    }

    private static async Task<SimDhcpReply?> NextReply(
        SimMachine machine, SimPort port, uint transactionId, Instant deadline, ushort fromPort = 67)
    {
        while (await machine.Receive(port, deadline) is { } datagram)
        {
            // Broadcasts bring other machines' replies too; iPXE and U-Boot look at the source port.
            if (datagram.Source.Port != fromPort) continue;
            SimDhcpReply reply = SimDhcpReply.Parse(datagram.Payload);
            if (reply.TransactionId == transactionId && reply.HardwareAddress == machine.HardwareAddress) return reply;
        }

        return null;
    }

    private static SimDhcpReply CheckOffer(SimDhcpReply reply)
    {
        if (!reply.Has(1)) throw new ServerFault("no subnet mask: EDK2 aborts");
        if (!reply.Has(51)) throw new ServerFault("no lease time: EDK2 takes seven days");
        return reply;
    }

    private static SimDhcpReply CheckProxy(SimDhcpReply reply, SimDhcpIdentity identity)
    {
        if (reply.Has(51) || reply.Has(1) || reply.Has(3) || reply.Has(6)) throw new ServerFault("a proxy speaks of addresses");
        if (!identity.WantsBoot) throw new ServerFault("a proxy offers to somebody who does not boot");
        string wanted = identity.VendorClass[..10];
        if (reply.VendorClass.StartsWith(wanted[..9], System.StringComparison.Ordinal)) return reply;
        throw new ServerFault($"a proxy offer without {wanted} is dropped by EDK2");
    }

    private static SimDhcpRequest Describe(SimDhcpRequest request, SimDhcpIdentity identity)
    {
        request.With(55, [1, 2, 3, 4, 5, 6, 12, 13, 15, 17, 18, 22, 23, 28, 40, 41, 42, 43, 50, 51, 54, 58, 59, 60, 66, 67, 97]);
        request.With(57, [0x05, 0xC0]);
        if (identity.ClientId.Length > 0) request.With(61, identity.ClientId);
        if (identity.VendorClass.Length > 0) request.With(60, identity.VendorClass);
        if (identity.UserClass.Length > 0) request.With(77, identity.UserClass);
        if (identity.Architecture >= 0)
        {
            request.With(93, [(byte)(identity.Architecture >> 8), (byte)(identity.Architecture & 255)]);
            request.With(94, [1, 3, 0]);
        }

        if (identity.Uuid.Length > 0) request.With(97, [0, .. identity.Uuid]);
        if (identity.IpxeFeatures.Length > 0) request.With(175, identity.IpxeFeatures);
        return request;
    }
}
