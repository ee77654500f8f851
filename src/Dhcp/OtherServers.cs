using System;
using Aglet.Core;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Dhcp;

/// <summary>What another server of the network was heard to do.</summary>
[Flags]
internal enum OtherServerRole : byte
{
    None = 0,

    /// <summary>A client was offered an address by it, or chose it.</summary>
    GivesAddresses = 1,

    /// <summary>It tells clients what to boot: it names a boot file or server, or calls itself PXEClient or HTTPClient.</summary>
    OffersBoot = 2,
}

/// <summary>Another server of the network, as far as it was overheard.</summary>
internal struct OtherServer
{
    /// <summary>Its server identifier (option 54), else the boot server that it names.</summary>
    public Ipv4Address Address { get; set; }

    /// <summary>The card that sent what was heard last; none when only its clients were heard.</summary>
    public HardwareAddress HardwareAddress { get; set; }

    public OtherServerRole Role { get; set; }

    /// <summary>What the operator was told of it.</summary>
    public OtherServerRole ToldRole { get; set; }

    /// <summary>The address that it gave last; none when it gave none.</summary>
    public Ipv4Address Given { get; set; }

    /// <summary>Where it sends clients for the boot file (<c>siaddr</c>); none when it does not say.</summary>
    public Ipv4Address BootServer { get; set; }

    /// <summary>Messages in which it was heard of.</summary>
    public ulong Messages { get; set; }

    public Instant SeenAt { get; set; }

    /// <summary>When the operator was told of it; <see cref="Instant.Never"/> when not yet.</summary>
    public Instant ToldAt { get; set; }
}

/// <summary>
/// The other DHCP and boot servers of the network, from what is overheard: their broadcast replies, and the requests of
/// clients that chose one. Nothing is ever sent to find them.
/// </summary>
/// <remarks>
/// Two servers that answer one machine are what most often breaks a network boot: the firmware takes whichever offer it
/// likes better, and nobody sees why. A made-up server takes the place of the one that was not heard of longest.
/// </remarks>
internal sealed class OtherServers(int servers = Limits.OtherServers)
{
    /// <summary>A server that goes on is named again after this.</summary>
    public static readonly Duration TellTime = Duration.FromSeconds(3600);

    /// <summary>Clients of several architectures get several files: a change is told no more often than this.</summary>
    private static readonly Duration _changeTime = Duration.FromSeconds(60);

    /// <summary>Whatever is made up, the log gets a line a second.</summary>
    private static readonly Duration _lineTime = Duration.FromSeconds(1);

    private readonly OtherServer[] _servers = new OtherServer[servers];
    private readonly byte[] _files = new byte[servers * FileBytes];
    private readonly byte[] _fileLengths = new byte[servers];
    private Instant _nextLine;

    private const int FileBytes = Limits.BootFileNameBytes;

    /// <summary>Servers that were heard of.</summary>
    public int Count { get; private set; }

    /// <summary>A server, by index below <see cref="Count"/>.</summary>
    public ref readonly OtherServer this[int index] => ref _servers[index];

    /// <summary>The boot file that it named last; empty when none.</summary>
    public ReadOnlySpan<byte> BootFileOf(int index) => _files.AsSpan(index * FileBytes, _fileLengths[index]);

    /// <summary>An OFFER or ACK of somebody else was heard.</summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="reply">What was sent.</param>
    /// <param name="source">Who sent it.</param>
    /// <returns>The server's index when the operator is to be told of it; else -1.</returns>
    public int OnReply(Instant now, in DhcpMessage reply, HardwareAddress source)
    {
        if (reply.Operation != DhcpMessage.BootReply) return -1;
        if (reply.Type is not (DhcpMessageType.Offer or DhcpMessageType.Acknowledgment or DhcpMessageType.None)) return -1;
        Ipv4Address address = reply.AddressOf(DhcpOption.ServerIdentifier);
        if (address.IsAny) address = reply.NextServer;
        if (!address.IsUnicast) return -1;
        ReadOnlySpan<byte> file = reply[DhcpOption.BootFileName];
        if (file.IsEmpty) file = reply.File;
        ReadOnlySpan<byte> vendorClass = reply[DhcpOption.VendorClass];
        bool offersBoot = !file.IsEmpty || reply.Has(DhcpOption.TftpServerName)
            || vendorClass.StartsWith("PXEClient"u8) || vendorClass.StartsWith("HTTPClient"u8);
        OtherServerRole role = (reply.YourAddress.IsAny ? OtherServerRole.None : OtherServerRole.GivesAddresses)
            | (offersBoot ? OtherServerRole.OffersBoot : OtherServerRole.None);
        if (role == OtherServerRole.None) return -1;
        int index = FindOrAdd(address);
        ref OtherServer server = ref _servers[index];
        server.HardwareAddress = source;
        if (!reply.YourAddress.IsAny) server.Given = reply.YourAddress;
        if (offersBoot && !reply.NextServer.IsAny) server.BootServer = reply.NextServer;
        return Note(now, index, role, file);
    }

    /// <summary>A client sent a REQUEST that names another server.</summary>
    /// <returns>As of <see cref="OnReply"/>.</returns>
    public int OnChosen(Instant now, Ipv4Address address, Ipv4Address given)
    {
        if (!address.IsUnicast) return -1;
        int index = FindOrAdd(address);
        if (!given.IsAny) _servers[index].Given = given;
        return Note(now, index, OtherServerRole.GivesAddresses, default);
    }

    private int Note(Instant now, int index, OtherServerRole role, ReadOnlySpan<byte> file)
    {
        ref OtherServer server = ref _servers[index];
        bool isNewFile = !file.IsEmpty && !BootFileOf(index).SequenceEqual(Cut(file));
        server.Role |= role;
        bool isNewRole = server.Role != server.ToldRole;
        server.SeenAt = now;
        server.Messages++;
        if (isNewFile)
        {
            Cut(file).CopyTo(_files.AsSpan(index * FileBytes));
            _fileLengths[index] = (byte)Cut(file).Length;
        }

        Duration wait = isNewRole ? Duration.Zero : isNewFile ? _changeTime : TellTime;
        if ((server.ToldAt != Instant.Never && now - server.ToldAt < wait) || now < _nextLine) return -1;
        server.ToldAt = now;
        server.ToldRole = server.Role;
        _nextLine = now + _lineTime;
        return index;
    }

    private int FindOrAdd(Ipv4Address address)
    {
        int oldest = 0;
        for (int i = 0; i < Count; i++)
        {
            if (_servers[i].Address == address) return i;
            if (_servers[i].SeenAt < _servers[oldest].SeenAt) oldest = i;
        }

        int index = Count < _servers.Length ? Count++ : oldest;
        _servers[index] = new() { Address = address, ToldAt = Instant.Never };
        _fileLengths[index] = 0;
        return index;
    }

    /// <summary>Option 67 may end in a NUL, and may be longer than any file name.</summary>
    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> file)
    {
        int end = file.IndexOf((byte)0);
        if (end >= 0) file = file[..end];
        return file.Length > FileBytes ? file[..FileBytes] : file;
    }
}
