using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Aglet.Tests.Conformance;

/// <summary>A datagram from a TFTP server.</summary>
/// <param name="Raw">All of it.</param>
/// <param name="From">Who sent it.</param>
internal sealed record TftpReply(byte[] Raw, IPEndPoint From)
{
    public const int Data = 3;
    public const int Acknowledgment = 4;
    public const int Error = 5;
    public const int Options = 6;

    public int Opcode => Raw.Length < 2 ? -1 : BinaryPrimitives.ReadUInt16BigEndian(Raw);

    /// <summary>A block's number, or an error's code.</summary>
    public int Number => Raw.Length < 4 ? -1 : BinaryPrimitives.ReadUInt16BigEndian(Raw.AsSpan(2));

    public byte[] Payload => Raw.Length < 4 ? [] : Raw[4..];

    /// <summary>Names and values of an OACK as they were written.</summary>
    public IReadOnlyList<(string Name, string Value)> Agreed
    {
        get
        {
            Demand.That(Raw[^1] == 0, $"an OACK without a last NUL: {this}");
            string[] parts = Encoding.Latin1.GetString(Raw, 2, Raw.Length - 3).Split('\0');
            Demand.That(parts.Length % 2 == 0, $"a name without value: {this}");
            return [.. parts.Chunk(2).Select(pair => (pair[0], pair[1]))];
        }
    }

    /// <summary>The number that was agreed for an option; null when it was not.</summary>
    public int? Value(string name)
    {
        foreach ((string each, string value) in Agreed)
        {
            if (each.Equals(name, StringComparison.OrdinalIgnoreCase))
                return int.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture);
        }

        return null;
    }

    public override string ToString() => Opcode switch
    {
        _ when Raw.Length < 4 => "the bytes " + Convert.ToHexStringLower(Raw),
        Data => $"DATA {Number} of {Raw.Length - 4} bytes",
        Error => $"ERROR {Number} '{Encoding.Latin1.GetString(Payload).TrimEnd('\0')}'",
        Options => $"OACK '{Encoding.Latin1.GetString(Raw, 2, Raw.Length - 2).Replace('\0', ' ').Trim()}'",
        Acknowledgment => $"ACK {Number}",
        _ => Convert.ToHexStringLower(Raw.AsSpan(0, Math.Min(Raw.Length, 32))),
    };
}

/// <summary>A TFTP client that does what a row tells it, right or wrong.</summary>
internal sealed class TftpProbe : IDisposable
{
    /// <summary>How long an answer may take; these machines are busy.</summary>
    public const int Patience = 15_000;

    /// <summary>How long silence is waited for.</summary>
    public const int Silence = 400;

    /// <summary>Longer than servers wait before they send again.</summary>
    public const int LongSilence = 2500;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly IPEndPoint _server;
    private readonly byte[] _room = new byte[66_000];

    public TftpProbe(IPEndPoint server)
    {
        _server = server;
        Peer = server;
        _socket.ReceiveBufferSize = 1 << 20;
        _socket.Bind(new IPEndPoint(IPAddress.Any, 0));
    }

    /// <summary>Where acknowledgments go: whence the last answer came.</summary>
    public IPEndPoint Peer { get; set; }

    /// <summary>A request's bytes; options are names and values in turn.</summary>
    public static byte[] ReadRequest(string file, string mode = "octet", params IReadOnlyList<string> options)
        => Strings(1, [file, mode, .. options]);

    public static byte[] Strings(int opcode, IReadOnlyList<string> parts)
        => [0, (byte)opcode, .. parts.SelectMany(part => Encoding.Latin1.GetBytes(part + "\0"))];

    public void Request(string file, string mode = "octet", params IReadOnlyList<string> options)
        => ToServer(ReadRequest(file, mode, options));

    /// <summary>To port 69.</summary>
    public void ToServer(byte[] datagram) => _socket.SendTo(datagram, _server);

    public void ToPeer(byte[] datagram) => _socket.SendTo(datagram, Peer);

    public void Acknowledge(int block) => ToPeer([0, 4, (byte)((block >> 8) & 0xFF), (byte)(block & 0xFF)]);

    public void Refuse(int code, string text) => ToPeer([0, 5, 0, (byte)code, .. Encoding.Latin1.GetBytes(text + "\0")]);

    /// <summary>The next datagram; null when none comes in time.</summary>
    public TftpReply? Within(int milliseconds)
    {
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        if (!_socket.Poll(TimeSpan.FromMilliseconds(milliseconds), SelectMode.SelectRead)) return null;
        try
        {
            int count = _socket.ReceiveFrom(_room, ref from);
            return new TftpReply(_room[..count], (IPEndPoint)from);
        }
        catch (SocketException)
        {
            return null; // a port unreachable, which is no answer
        }
    }

    /// <summary>The next datagram, which there must be; its sender is the peer from now on.</summary>
    public TftpReply Next()
    {
        TftpReply reply = Within(Patience) ?? throw new NotConforming("nothing came");
        Peer = reply.From;
        return reply;
    }

    public TftpReply NextData(int block)
    {
        TftpReply reply = Next();
        Demand.That(reply.Opcode == TftpReply.Data && reply.Number == block, $"{reply} instead of DATA {block}");
        return reply;
    }

    public TftpReply NextOptions()
    {
        TftpReply reply = Next();
        Demand.That(reply.Opcode == TftpReply.Options, $"{reply} instead of an OACK");
        return reply;
    }

    /// <summary>An ERROR with one of the codes; any when there are none.</summary>
    public TftpReply NextError(params int[] codes)
    {
        TftpReply reply = Next();
        Demand.That(reply.Opcode == TftpReply.Error && (codes.Length == 0 || codes.Contains(reply.Number)),
            $"{reply} instead of ERROR {string.Join(" or ", codes)}");
        return reply;
    }

    public void Quiet(int milliseconds = Silence)
    {
        TftpReply? reply = Within(milliseconds);
        Demand.That(reply is null, $"{reply} instead of silence");
    }

    /// <summary>
    /// What comes until a while of silence. For what may be lost or late, so that no row depends on the moment.
    /// </summary>
    public IReadOnlyList<TftpReply> All(int milliseconds = Silence)
    {
        List<TftpReply> found = [];
        Stopwatch watch = Stopwatch.StartNew();
        while (watch.ElapsedMilliseconds < milliseconds && Within(milliseconds) is { } reply) found.Add(reply);
        return found;
    }

    /// <summary>Fetches a whole file as a client without faults does.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="mode">How.</param>
    /// <param name="options">Names and values in turn.</param>
    public byte[] Fetch(string file, string mode = "octet", params IReadOnlyList<string> options)
    {
        Request(file, mode, options);
        return Rest(Next());
    }

    /// <summary>The file's bytes from an answer on, which is an OACK or DATA 1.</summary>
    public byte[] Rest(TftpReply first)
    {
        int blockBytes = 512;
        int window = 1;
        TftpReply reply = first;
        if (reply.Opcode == TftpReply.Options)
        {
            blockBytes = reply.Value("blksize") ?? 512;
            window = reply.Value("windowsize") ?? 1;
            Acknowledge(0);
            reply = Next();
        }

        using MemoryStream content = new();
        for (long block = 1; ; reply = Next())
        {
            if (reply.Opcode == TftpReply.Data && reply.Number != (int)(block & 0xFFFF))
            {
                Demand.That(((block - reply.Number) & 0xFFFF) < 0x8000, $"{reply} instead of DATA {block & 0xFFFF}");
                continue; // one that was sent again
            }

            Demand.That(reply.Opcode == TftpReply.Data, $"{reply} instead of DATA {block & 0xFFFF}");
            Demand.That(reply.Raw.Length - 4 <= blockBytes, $"{reply} where {blockBytes} were agreed");
            content.Write(reply.Raw.AsSpan(4));
            bool isLast = reply.Raw.Length - 4 < blockBytes;
            if (isLast || block % window == 0) Acknowledge((int)(block & 0xFFFF));
            if (isLast) return content.ToArray();
            block++;
        }
    }

    public void Dispose() => _socket.Dispose();
}
