using Aglet.Config;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Tree;

namespace Aglet.Tftp;

/// <summary>A socket that many transfers share. What waits to be sent by it is a list through their slots.</summary>
internal struct TftpPort
{
    public SocketToken Token;
    public int Handle;

    /// <summary>The address of ours that it is bound to.</summary>
    public IpAddress Local;

    /// <summary>The largest block that the link carries, by which the first request came.</summary>
    public int BlockBytesMax;

    /// <summary>Whose turn it is among the ports of its address.</summary>
    public int Turn;

    /// <summary>Datagrams to ask the kernel for: it costs something to ask for many that are not there.</summary>
    public int Expected;

    /// <summary>The kernel takes no more; nothing is made before it says that it does again.</summary>
    public bool IsBlocked;

    /// <summary>The slot that is sent for next; -1: none waits.</summary>
    public int FirstWaiting;
    public int LastWaiting;
}

/// <summary>
/// The sockets of the transfers: for each address of ours that is asked a few, made when they are first needed. The
/// port that we send from is the server's transfer identifier (RFC 1350 §4); transfers are told apart by their peer.
/// </summary>
/// <remarks>
/// A peer that comes again from the same port is served from the next of ours: what is still on its way for the old
/// transfer cannot be taken for the new one's.
/// </remarks>
internal sealed class TftpPorts(
    IKernel kernel, SocketTable sockets, OpenFiles files, TftpSetting setting, ushort listeningPort)
{
    /// <summary>Ports that a peer's transfers take in turn.</summary>
    private const int TurnsMax = 4;

    private const int ReceiveBufferBytes = 1 << 20;

    /// <summary>What all transfers of an address may have on the way to the card.</summary>
    private const int SendBufferBytes = 4 << 20;

    private readonly TftpPort[] _ports = new TftpPort[Limits.TftpSockets];
    private readonly int _first = setting.IsSinglePort ? listeningPort : setting.FirstPort;
    private readonly int _last = setting.IsSinglePort ? listeningPort : setting.LastPort;

    public int Count { get; private set; }

    public ref TftpPort this[int index] => ref _ports[index];

    private int Turns => _first == 0 ? TurnsMax : System.Math.Min(TurnsMax, _last - _first + 1);

    /// <summary>
    /// Finds or makes the port of an address whose turn it is; when that cannot be had, another of the address.
    /// </summary>
    public bool TryTake(IpAddress local, int turn, int blockBytesMax, out int port)
    {
        turn %= Turns;
        port = -1;
        for (int i = 0; i < Count; i++)
        {
            if (_ports[i].Local != local) continue;
            port = i;
            if (_ports[i].Turn == turn) return true;
        }

        if (Count == _ports.Length) return port >= 0;
        SysResult opened = Open(local, turn);
        if (opened.IsOutOfResources && files.TryCloseOne()) opened = Open(local, turn);
        if (opened.IsError) return port >= 0;
        SysResult added = sockets.Add(
            opened.Count, SocketOwner.TftpTransfer, Count, Readiness.Readable, out SocketToken token);
        if (added.IsError) return port >= 0;
        port = Count++;
        _ports[port] = new()
        {
            Token = token,
            Handle = opened.Count,
            Local = local,
            BlockBytesMax = blockBytesMax,
            Turn = turn,
            Expected = TftpReceiver.ExpectedMin,
            FirstWaiting = -1,
            LastWaiting = -1,
        };
        return true;
    }

    /// <summary>Watches for room to send, or no longer.</summary>
    public void SetBlocked(int port, bool isBlocked)
    {
        if (_ports[port].IsBlocked == isBlocked) return;
        _ports[port].IsBlocked = isBlocked;
        Readiness interest = isBlocked ? Readiness.Readable | Readiness.Writable : Readiness.Readable;
        SysResult watched = sockets.Watch(_ports[port].Token, interest);
        Check.That(!watched.IsError);
    }

    /// <summary>After the last transfer: no socket stays.</summary>
    public void CloseAll()
    {
        while (Count > 0) sockets.Close(_ports[--Count].Token);
    }

    private SysResult Open(IpAddress local, int turn)
    {
        if (_first == 0) return Open(new IpEndpoint(local, 0));
        SysResult opened = SysResult.Failed(Errno.AddressInUse);
        int count = _last - _first + 1;
        for (int i = 0; i < count && opened.Errno == Errno.AddressInUse; i++)
        {
            opened = Open(new IpEndpoint(local, (ushort)(_first + ((turn + i) % count))));
        }

        return opened;
    }

    private SysResult Open(in IpEndpoint local) => kernel.OpenUdp(
        new UdpOptions(local, ReceiveBufferBytes: ReceiveBufferBytes)
        {
            SendBufferBytes = SendBufferBytes,
            KeepsErrors = true,
            IsShared = setting.IsSinglePort,
        });
}
