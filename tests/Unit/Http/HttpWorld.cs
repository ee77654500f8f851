using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Http;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Tests.Simulation;
using Aglet.Time;
using Aglet.Tree;

namespace Aglet.Tests.Unit.Http;

/// <summary>The HTTP endpoint in a simulated kernel, with a turn loop and clients.</summary>
internal sealed class HttpWorld
{
    public static readonly IpEndpoint Server = new(new Ipv4Address(0x0A00_0001), 80);

    private readonly ReadyEvent[] _ready = new ReadyEvent[64];
    private readonly SocketTable _sockets;
    private byte _hosts;

    public HttpWorld(
        IReadOnlyList<(string Path, byte[] Content)> files, FaultRates? rates = null, ulong seed = 1, int connections = 256,
        Settings? settings = null)
    {
        Kernel = new SimKernel(seed, rates ?? FaultRates.None);
        List<BootFile> indexed = [];
        foreach ((string path, byte[] content) in files)
        {
            SimFile file = Kernel.Files.Add("/srv/" + path, content);
            indexed.Add(new BootFile
            {
                Key = Encoding.UTF8.GetBytes(path),
                HostPath = file.Path,
                Size = content.Length,
                ModifiedUnixSeconds = file.ModifiedUnixSeconds,
            });
        }

        _sockets = new SocketTable(Kernel);
        BootTree tree = new(indexed);
        Planner = new(settings is null ? new BootCatalog(tree) : new BootCatalog(settings, tree, 1_700_000_000));
        Files = new OpenFiles(Kernel);
        Endpoint = new HttpEndpoint(Kernel, _sockets, new Log(Kernel), Planner, Files, connections);
        if (Endpoint.Start(new IpEndpoint(Ipv4Address.Any, 80), 0).IsError) throw new InvalidOperationException("no listener");
    }

    public SimKernel Kernel { get; }

    public BootPlanner Planner { get; }

    public OpenFiles Files { get; }

    public HttpEndpoint Endpoint { get; }

    /// <summary>Turns of the loop so far.</summary>
    public int Turns { get; private set; }

    /// <summary>Whole files that one turn sent at most.</summary>
    public long MostAnswersOfATurn { get; private set; }

    /// <summary>Managed bytes that the endpoint itself allocated in its turns.</summary>
    public long AllocatedBytes { get; private set; }

    public static byte[] Pattern(int length)
    {
        byte[] content = new byte[length];
        for (int i = 0; i < length; i++) content[i] = unchecked((byte)((i * 7) + (i >> 8) + (i >> 16)));
        return content;
    }

    /// <summary>A machine of its own address.</summary>
    public HttpClientHost Host()
    {
        HttpClientHost host = new(++_hosts);
        Kernel.Network.Attach(host);
        Kernel.Network.Claim(host, new Ipv4Address(0x0A00_0064u + _hosts));
        return host;
    }

    /// <summary>Opens a connection, sends, and runs a while.</summary>
    public HttpExchange Ask(string request, HttpClientHost? host = null)
    {
        HttpExchange exchange = (host ?? Host()).Connect(Encoding.Latin1.GetBytes(request));
        Run(Duration.FromMilliseconds(50));
        return exchange;
    }

    public void Run(Duration length)
    {
        Instant until = Kernel.Now() + length;
        while (Kernel.Now() < until)
        {
            int count = Kernel.Wait(_ready, Instant.Min(until, Endpoint.NextDeadline));
            long before = GC.GetAllocatedBytesForCurrentThread() - Kernel.OutsideBytes;
            Instant now = Kernel.Now();
            long answers = (long)Endpoint.Outcomes[HttpOutcome.Whole];
            Endpoint.OnTurnStart(count);
            for (int i = 0; i < count; i++)
            {
                if (_sockets.TryGet(_ready[i].Token, out SocketEntry entry))
                    Endpoint.OnReady(now, entry, _ready[i].Token, _ready[i].Readiness);
            }

            Endpoint.OnDeadline(now);
            Endpoint.OnTurnEnd(now);
            AllocatedBytes += GC.GetAllocatedBytesForCurrentThread() - Kernel.OutsideBytes - before;
            MostAnswersOfATurn = Math.Max(MostAnswersOfATurn, (long)Endpoint.Outcomes[HttpOutcome.Whole] - answers);
            Turns++;
        }
    }
}

/// <summary>One connection of a client: what it has to send and what came back.</summary>
internal sealed class HttpExchange(byte[] request)
{
    public SimStream Stream { get; set; } = null!;

    /// <summary>Not yet taken by the connection.</summary>
    public byte[] Unsent { get; set; } = request;

    public List<byte> Received { get; } = [];

    public bool IsEnded { get; set; }

    public bool IsReset { get; set; }

    public string Text => Encoding.Latin1.GetString(Received.ToArray());

    public string Head => Text[..(Text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)];

    public byte[] Body => Received.ToArray()[Head.Length..];

    public int Status => Received.Count < 12 ? 0 : int.Parse(Text.AsSpan(9, 3), null);

    public void Send(string more)
    {
        Unsent = [.. Unsent, .. Encoding.Latin1.GetBytes(more)];
        Push();
    }

    public void Push()
    {
        int sent = Stream.Send(Unsent);
        Unsent = Unsent[sent..];
    }
}

/// <summary>A machine with HTTP connections.</summary>
internal sealed class HttpClientHost(byte number) : SimHost(HardwareAddress.Read([0x52, 0x54, 0, 0, 1, number]))
{
    private readonly Dictionary<SimStream, HttpExchange> _exchanges = [];

    public HttpExchange Connect(byte[] request)
    {
        HttpExchange exchange = new(request);
        exchange.Stream = Network.Connect(this, HttpWorld.Server);
        _exchanges.Add(exchange.Stream, exchange);
        return exchange;
    }

    public override bool IsListening(ushort port) => false;

    public override void OnDatagram(in IpEndpoint source, in IpEndpoint destination, ReadOnlySpan<byte> payload)
    {
    }

    public override void OnTimer()
    {
    }

    public override void OnStreamOpen(SimStream stream) => _exchanges[stream].Push();

    public override void OnStreamBytes(SimStream stream, ReadOnlySpan<byte> bytes) => _exchanges[stream].Received.AddRange(bytes);

    public override void OnStreamSpace(SimStream stream) => _exchanges[stream].Push();

    public override void OnStreamEnd(SimStream stream)
    {
        _exchanges[stream].IsEnded = true;
        stream.Finish();
    }

    public override void OnStreamReset(SimStream stream) => _exchanges[stream].IsReset = true;
}
