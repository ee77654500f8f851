using System;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Aglet.Kernel;
using Aglet.Linux;
using Aglet.Tests.Lab;

using static Aglet.Linux.LibcConstants;
using IPAddress = System.Net.IPAddress;

namespace Aglet.Tests.Bench;

/// <summary>Where a machine is on its way.</summary>
internal enum StormStage
{
    Discover,
    Request,
    BootProgram,
    Script,
    Kernel,
    Initrd,
    Answer,
    Done,
    Failed,
}

/// <summary>One machine of a storm.</summary>
internal sealed unsafe class StormMachine : IDisposable
{
    private static readonly TimeSpan _tftpPatience = TimeSpan.FromSeconds(1);

    /// <summary>Longer than any server here waits for a client; iPXE would wait longer.</summary>
    private static readonly TimeSpan _httpPatience = TimeSpan.FromSeconds(100);

    private readonly int _index;
    private readonly StormDemand _demand;
    private readonly EpollSet _ready;
    private readonly ReceiveBatch _datagrams;
    private readonly byte[] _offered = new byte[4];
    private readonly byte[] _serverId = new byte[4];
    private readonly byte[] _text = new byte[16 * 1024];
    private bool _isIpxe;
    private string _address = "";
    private TftpDownload? _download;
    private long _heard;
    private int _socket = -1;
    private string[] _urls = [];
    private long _expected;
    private long _received;
    private int _filled;
    private bool _hasHead;

    public StormMachine(int index, StormDemand demand, EpollSet ready, ReceiveBatch datagrams)
    {
        (_index, _demand, _ready, _datagrams) = (index, demand, ready, datagrams);
        Mac = BenchFolder.Mac(Number);
    }

    public string Mac { get; }

    /// <summary>
    /// The end of its hardware address. Side by side they would have dnsmasq, which hashes them into places side by side and
    /// remembers no offer, offer the same addresses over and over.
    /// </summary>
    private int Number => (int)(_index * 7_368_787L % 16_777_213);

    public StormStage Stage { get; private set; }

    public string? Failure { get; private set; }

    public long Begun { get; set; }

    public long Asked { get; set; }

    public long Finished { get; set; }

    /// <summary>When it repeats its DHCP message.</summary>
    public long Deadline { get; set; }

    public int Tries { get; set; }

    public int Refusals { get; set; }

    public int Transaction => ((_isIpxe ? 2 : 1) << 16) | _index;

    public int TftpTimeouts { get; private set; }

    public string Progress => string.Create(CultureInfo.InvariantCulture,
        $"(address {_address}, {_download?.Received ?? _received} bytes of it)");

    public void BeginDhcp(bool isIpxe) => (_isIpxe, Stage, Tries) = (isIpxe, StormStage.Discover, 0);

    /// <summary>Its address was refused: it discovers anew.</summary>
    public void BeginAgain() => BeginDhcp(_isIpxe);

    public int WriteDhcp(Span<byte> message)
    {
        WriteHead(message, Transaction, Number);
        Span<byte> options = message[240..];
        ReadOnlySpan<byte> first = [53, 1, Stage == StormStage.Discover ? (byte)1 : (byte)3, 57, 2, 5, 0xC0,
            93, 2, 0, 7, 94, 3, 1, 3, 16, 55, 9, 1, 3, 6, 13, 43, 60, 66, 67, 175];
        int at = Append(options, 0, first);
        at = Append(options, at, [60, 32]);
        at = Append(options, at, "PXEClient:Arch:00007:UNDI:003016"u8);
        at = Append(options, at, [97, 17, 0, 0xA6, 0x1E, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, (byte)((_index >> 8) & 255), (byte)(_index & 255)]);
        if (_isIpxe)
        {
            at = Append(options, at, [77, 4]);
            at = Append(options, at, "iPXE"u8);

            // What a full iPXE can: PXE menus, HTTP, DNS, bzImage, EFI, menus.
            at = Append(options, at, [175, 18, 0x21, 1, 1, 0x13, 1, 1, 0x17, 1, 1, 0x18, 1, 1, 0x24, 1, 1, 0x27, 1, 1]);
        }
        if (Stage == StormStage.Request)
        {
            at = Append(options, at, [50, 4, .. _offered]);
            at = Append(options, at, [54, 4, .. _serverId]);
        }
        options[at++] = 255;
        return 240 + at;
    }

    /// <summary>A DISCOVER of somebody who boots nothing.</summary>
    public static int WriteBystander(Span<byte> message, int number, int transaction)
    {
        WriteHead(message, transaction, (int)((number * 5_241_059L % 16_777_213) | (1 << 24)));
        return 240 + Append(message[240..], 0, [53, 1, 1, 55, 3, 1, 3, 6, 255]);
    }

    public void TakeOffer(ReadOnlySpan<byte> reply)
    {
        reply.Slice(16, 4).CopyTo(_offered);
        ReadOnlySpan<byte> server = Option(reply, 54);
        if (server.Length != 4)
            throw new LabException("an OFFER without a server");
        server.CopyTo(_serverId);
        (Stage, Tries) = (StormStage.Request, 0);
    }

    /// <summary>It has its address and is told what to boot: the program, and as iPXE the script.</summary>
    public void TakeAcknowledgment(ReadOnlySpan<byte> reply, long now)
    {
        _address = new IPAddress(reply.Slice(16, 4)).ToString();
        ReadOnlySpan<byte> name = Option(reply, 67);
        if (name.IsEmpty)
            name = reply.Slice(108, 128);
        int end = name.IndexOf((byte)0);
        string file = Encoding.ASCII.GetString(end < 0 ? name : name[..end]);
        if (_isIpxe != file.StartsWith("http://", StringComparison.Ordinal))
            throw new LabException($"it is told to boot '{file}' as {(_isIpxe ? "iPXE" : "firmware")}");
        if (_isIpxe)
        {
            _heard = now;
            Connect();
            Ask(StormStage.Script, file, -1);
            return;
        }
        Stage = StormStage.BootProgram;
        _download = new(_datagrams, file, _demand.BootBytes, 1468, _demand.Window, _tftpPatience, _address);
        _heard = now;
        _ready.Watch(_download.Socket, (ulong)_index << 1, Readiness.Readable);
        _download.Begin();
    }

    /// <summary>True when the boot program is there.</summary>
    public bool OnTftp(long now)
    {
        if (Stage != StormStage.BootProgram || !_download!.Receive(BenchNative.MSG_DONTWAIT))
            return false;
        _heard = now;
        if (!_download.IsDone)
            return false;
        TftpTimeouts += _download.Timeouts;
        _download.Dispose();
        _download = null;
        return true;
    }

    public void OnTime(long now)
    {
        if (Stage is > StormStage.BootProgram and < StormStage.Done && Stopwatch.GetElapsedTime(_heard, now) > _httpPatience)
            throw new LabException($"nothing came for {_httpPatience.TotalSeconds} s {Progress}");
        if (_download is null || Stopwatch.GetElapsedTime(_heard, now) < _tftpPatience)
            return;
        _heard = now;
        _download.OnTimeout();
    }

    /// <summary>True when the machine has everything.</summary>
    public bool OnHttp(long now, Readiness readiness, byte[] buffer)
    {
        if (Stage is < StormStage.Script or >= StormStage.Done)
            return false;
        if (_urls is [var waiting] && (readiness & (Readiness.Writable | Readiness.Failed)) != 0)
        {
            // Connected, or refused, which the send is told.
            _ready.Watch(_socket, ((ulong)_index << 1) | 1, Readiness.Readable);
            _urls = [waiting, ""];
            SendRequest(waiting);
            return false;
        }
        while (Stage < StormStage.Done)
        {
            nint count;
            fixed (byte* bytes = buffer)
                count = Libc.recv(_socket, bytes, (nuint)buffer.Length, BenchNative.MSG_DONTWAIT);
            if (count < 0)
            {
                int errno = Marshal.GetLastSystemError();
                return errno is (int)Errno.WouldBlock or (int)Errno.Interrupted
                    ? false
                    : throw new LabException($"the connection failed with errno {errno} in stage {Stage} {Progress}");
            }
            if (count == 0)
                throw new LabException($"the server closed the connection in stage {Stage} {Progress}");
            _heard = now;
            Take(buffer.AsSpan(0, (int)count));

            // The others have their turn.
            if (count < buffer.Length)
                break;
        }
        return Stage == StormStage.Done;
    }

    public void Fail(string why)
    {
        Failure = $"{why} (stage {Stage})";
        Stage = StormStage.Failed;
        Dispose();
    }

    public void Dispose()
    {
        TftpTimeouts += _download?.Timeouts ?? 0;
        _download?.Dispose();
        _download = null;
        if (_socket >= 0)
            _ = Libc.close(_socket);
        _socket = -1;
    }

    public static ReadOnlySpan<byte> Option(ReadOnlySpan<byte> reply, byte code)
    {
        ReadOnlySpan<byte> options = reply[240..];
        while (options.Length > 1 && options[0] != 255)
        {
            if (options[0] == 0)
            {
                options = options[1..];
                continue;
            }
            if (options.Length < 2 + options[1])
                return default;
            if (options[0] == code)
                return options.Slice(2, options[1]);
            options = options[(2 + options[1])..];
        }
        return default;
    }

    public static sockaddr_in Address(string address, int port) => new()
    {
        sin_family = AF_INET,
        sin_port = BinaryPrimitives.ReverseEndianness((ushort)port),
        sin_addr = BitConverter.ToUInt32(IPAddress.Parse(address).GetAddressBytes()),
    };

    private static int Append(Span<byte> options, int at, ReadOnlySpan<byte> more)
    {
        more.CopyTo(options[at..]);
        return at + more.Length;
    }

    private static void WriteHead(Span<byte> message, int transaction, int number)
    {
        message.Clear();
        (message[0], message[1], message[2], message[10]) = (1, 1, 6, 0x80);
        BinaryPrimitives.WriteInt32BigEndian(message[4..], transaction);
        (message[28], message[29]) = (0x02, 0xBE);
        BinaryPrimitives.WriteInt32BigEndian(message[30..], number);
        ((ReadOnlySpan<byte>)[99, 130, 83, 99]).CopyTo(message[236..]);
    }

    private void Connect()
    {
        if (_socket >= 0)
            _ = Libc.close(_socket);
        _socket = LabNative.Checked(LabNative.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket");
        if (SocketAddress.Bind(_socket, Address(_address, 0)).IsError)
            throw new LabException($"the client cannot bind to {_address}");
        sockaddr_in server = Address(BenchNetwork.ServerAddress, 80);
        _ = BenchNative.connect(_socket, &server, (uint)sizeof(sockaddr_in));
        _ready.Watch(_socket, ((ulong)_index << 1) | 1, Readiness.Readable | Readiness.Writable);
    }

    /// <param name="stage">Which file.</param>
    /// <param name="url">Where.</param>
    /// <param name="length">How long it must be; -1: any, a text.</param>
    private void Ask(StormStage stage, string url, long length)
    {
        Stage = stage;
        (_expected, _received, _filled, _hasHead) = (length, 0, 0, false);
        if (stage is StormStage.Script or StormStage.Answer)
            _urls = [url]; // sent as soon as the connection is there
        else
            SendRequest(url);
    }

    private void SendRequest(string url)
    {
        string prefix = $"http://{BenchNetwork.ServerAddress}";
        if (!url.StartsWith(prefix + "/", StringComparison.Ordinal))
            throw new LabException($"it is sent to {url}");
        string request = $"GET {url[prefix.Length..]} HTTP/1.1\r\nHost: {BenchNetwork.ServerAddress}\r\nUser-Agent: iPXE/1.21.1\r\n\r\n";
        fixed (byte* bytes = Encoding.ASCII.GetBytes(request))
        {
            if (Libc.send(_socket, bytes, (nuint)request.Length, MSG_NOSIGNAL) != request.Length)
                throw new LabException($"the request cannot be sent: errno {Marshal.GetLastSystemError()}");
        }
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        if (!_hasHead)
        {
            int room = Math.Min(bytes.Length, _text.Length - _filled);
            bytes[..room].CopyTo(_text.AsSpan(_filled));
            int before = _filled;
            _filled += room;
            int end = _text.AsSpan(0, _filled).IndexOf("\r\n\r\n"u8);
            if (end < 0)
            {
                if (_filled == _text.Length)
                    throw new LabException("a head without end");
                return;
            }
            bytes = bytes[(end + 4 - before)..];
            TakeHead(Encoding.ASCII.GetString(_text, 0, end + 2));
        }
        if (_received + bytes.Length > _expected)
            throw new LabException($"more than {_expected} bytes in stage {Stage}");
        bool isText = Stage is StormStage.Script or StormStage.Answer;
        if (isText)
            bytes.CopyTo(_text.AsSpan((int)_received));
        else if (!BenchContent.Matches(_received, bytes))
            throw new LabException($"other bytes at {_received} in stage {Stage}");
        _received += bytes.Length;
        if (_received == _expected)
            OnFile();
    }

    private void TakeHead(string head)
    {
        _hasHead = true;
        const string Length = "\r\ncontent-length:";
        int at = head.IndexOf(Length, StringComparison.OrdinalIgnoreCase);
        if (!head.StartsWith("HTTP/1.1 200", StringComparison.Ordinal) || at < 0)
            throw new LabException($"in stage {Stage} it is answered: {head.Split('\r')[0]}");
        at += Length.Length;
        long length = long.Parse(head.AsSpan(at, head.IndexOf('\r', at) - at), CultureInfo.InvariantCulture);
        if ((_expected >= 0 && length != _expected) || (_expected < 0 && length is < 1 or > 16 * 1024))
            throw new LabException($"{length} bytes are announced in stage {Stage}, and not {_expected}");
        _expected = length;
    }

    private void OnFile()
    {
        switch (Stage)
        {
            case StormStage.Script:
                string script = Encoding.ASCII.GetString(_text, 0, (int)_received);
                string answer = UrlIn(script, "inst.ks=");
                string initrd = UrlIn(script, "\ninitrd ");
                string kernel = UrlIn(script, "\nkernel ");
                _urls = [kernel, initrd, answer];
                Ask(StormStage.Kernel, _urls[0], _demand.KernelBytes);
                break;
            case StormStage.Kernel:
                Ask(StormStage.Initrd, _urls[1], _demand.ImageBytes);
                break;
            case StormStage.Initrd:
                // The installer asks, over a connection of its own.
                string url = _urls[2];
                Connect();
                Ask(StormStage.Answer, url, -1);
                break;
            default:
                string text = Encoding.ASCII.GetString(_text, 0, (int)_received);
                if (!text.Contains(_demand.AnswerMark.Replace("{mac}", Mac, StringComparison.Ordinal), StringComparison.Ordinal))
                    throw new LabException("its answer file is another machine's: " + text);
                Stage = StormStage.Done;
                Dispose();
                break;
        }
    }

    /// <summary>The first URL behind a word.</summary>
    private static string UrlIn(string script, string word)
    {
        int at = script.IndexOf(word, StringComparison.Ordinal);
        int url = at < 0 ? -1 : script.IndexOf("http://", at, StringComparison.Ordinal);
        if (url < 0)
            throw new LabException($"the script has no URL behind '{word.Trim()}': {script}");
        int length = script.AsSpan(url).IndexOfAny(' ', '\n');
        return length < 0 ? script[url..] : script.Substring(url, length);
    }
}
