using System;
using System.Threading.Tasks;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Tests.Simulation.Scenarios;

/// <summary>A client that has one conversation after another.</summary>
internal abstract class SimTalker(HardwareAddress hardware, ConversationPlan plan) : SimMachine(hardware, plan.Seed)
{
    /// <summary>It has had all its conversations.</summary>
    public bool IsDone { get; private set; }

    /// <summary>The server was stopped: conversations may break off.</summary>
    public bool MayFail { get; set; }

    /// <summary>Answers that were exactly right.</summary>
    public long Answers { get; protected set; }

    public long VerifiedBytes { get; protected set; }

    /// <summary>Conversations that the network or a short server made it give up.</summary>
    public long GivenUp { get; protected set; }

    /// <summary>What it does now, for a person who looks for a fault.</summary>
    protected string Doing { get; set; } = "";

    protected ConversationPlan Plan { get; } = plan;

    public override string ToString() => $"{GetType().Name} {HardwareAddress}: {Doing}";

    protected override async Task Run()
    {
        for (int round = 0; round < Plan.Rounds; round++)
        {
            await Converse();
            await Sleep(Duration.FromMilliseconds(RandomBelow(2000)));
        }

        Connection?.Stream.Reset();
        Connection = null;
        IsDone = true;
    }

    /// <summary>One conversation.</summary>
    protected abstract Task Converse();

    /// <summary>A new connection; null when the server did not take it.</summary>
    protected async Task<SimConnection?> Connect()
    {
        SimConnection connection = new(Network.Connect(this, new IpEndpoint(ConversationWorld.Server, 80)));
        Connection = connection;
        Instant deadline = Now + Duration.FromSeconds(30);
        while (!connection.IsOpen)
        {
            if (connection.IsReset || !await Happening(deadline)) return null;
        }

        return connection;
    }

    /// <summary>Sends all bytes, cut anywhere, with waits between the pieces.</summary>
    /// <returns>False when the connection broke before all was sent.</returns>
    protected async Task<bool> SendInPieces(SimConnection connection, byte[] bytes, int pieces, Duration most)
    {
        for (int sent = 0; sent < bytes.Length;)
        {
            if (connection.IsReset || connection.IsEnded || connection.Stream.IsDeadAtHost) return false;
            int length = pieces <= 1 ? bytes.Length - sent : 1 + RandomBelow(Math.Max(1, (bytes.Length - sent) * 2 / pieces));
            length = Math.Min(length, bytes.Length - sent);
            int taken = connection.Stream.Send(bytes.AsSpan(sent, length));
            sent += taken;
            if (taken < length) await Sleep(Duration.FromMilliseconds(5));
            else if (pieces > 1 && RandomBelow(3) > 0) await Sleep(Duration.FromMicroseconds(RandomBelow((int)(most.Nanoseconds / 1000)) + 1));
        }

        return true;
    }
}
