using System;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Microsoft.Win32.SafeHandles;

namespace Aglet.Tests.Lab;

/// <summary>Machines that boot, many at once, as a relay on the client's host passes them on.</summary>
internal sealed class RelayedCrowd : IDisposable
{
    private const int InFlight = 24;

    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(300);

    private readonly Socket _socket;
    private readonly IPAddress _relay;
    private readonly int _machines;
    private readonly Random _random = new(20_260_101);
    private readonly byte[] _buffer = new byte[2048];
    private int _next;

    /// <param name="lab">The lab whose client's host they are behind.</param>
    /// <param name="relay">An address of that host.</param>
    /// <param name="machines">How many there are; they take turns.</param>
    public RelayedCrowd(LabSession lab, string relay, int machines)
    {
        _relay = IPAddress.Parse(relay);
        _machines = machines;
        _socket = OpenSocket(lab.Network.Client);
        _socket.Bind(new IPEndPoint(_relay, 67));
    }

    public AcknowledgedLeases Leases { get; set; } = new();

    /// <summary>One in four machines gives its address back before it asks for one.</summary>
    public bool GivesBack { get; init; }

    /// <summary>They boot for so long.</summary>
    public void Boot(TimeSpan length)
    {
        for (int i = 0; i < InFlight; i++)
            Ask();
        Take(length, answers: true, int.MaxValue);
    }

    /// <summary>They boot until so many more acknowledgments have come.</summary>
    public void Boot(int acknowledgments, TimeSpan limit)
    {
        int end = Leases.Messages + acknowledgments;
        var watch = Stopwatch.StartNew();
        while (Leases.Messages < end)
        {
            if (watch.Elapsed > limit)
                throw new LabException($"{end - Leases.Messages} acknowledgments of {acknowledgments} are missing");
            for (int i = 0; i < InFlight; i++)
                Ask();
            Take(_patience, answers: true, end);
        }

        Take(_patience, answers: false, int.MaxValue);
    }

    /// <summary>What a server that is gone has sent counts as well.</summary>
    public void TakeTheRest() => Take(TimeSpan.FromMilliseconds(20), answers: false, int.MaxValue);

    public void Dispose() => _socket.Dispose();

    private static string NameOf(int machine) => $"02:be:00:00:{machine >> 8:x2}:{machine & 255:x2}";

    /// <summary>A socket stays in the namespace in which it was opened.</summary>
    private static Socket OpenSocket(string space)
    {
        Socket? socket = null;
        Exception? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                using (SafeFileHandle handle = File.OpenHandle($"/run/netns/{space}"))
                    LabNative.Checked(LabNative.setns((int)handle.DangerousGetHandle(), LabNative.CLONE_NEWNET), "setns");
                socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            }
            catch (Exception caught) when (caught is LabException or IOException or SocketException)
            {
                failure = caught;
            }
        });
        thread.Start();
        thread.Join();
        return socket ?? throw new LabException("no socket on the client's host", failure!);
    }

    private void Ask()
    {
        int machine = _next++ % _machines;
        if (GivesBack && _random.Next(4) == 0 && Leases.Remove(NameOf(machine), out string? address))
            Send(machine, 7, address);
        Send(machine, 1, null);
    }

    private void Take(TimeSpan length, bool answers, int acknowledgments)
    {
        long end = Environment.TickCount64 + (long)length.TotalMilliseconds;
        long left = (long)length.TotalMilliseconds;
        for (; left > 0 && Leases.Messages < acknowledgments; left = end - Environment.TickCount64)
        {
            if (!_socket.Poll(TimeSpan.FromMilliseconds(left), SelectMode.SelectRead))
                return;
            int count = _socket.Receive(_buffer);
            if (count < 244 || _buffer[0] != 2)
                continue;
            int machine = (_buffer[32] << 8) | _buffer[33];
            string address = new IPAddress(_buffer.AsSpan(16, 4)).ToString();
            byte type = _buffer[242];
            if (type == 5)
                Leases.Add(NameOf(machine), address);
            if (!answers)
                continue;
            if (type == 2)
                Send(machine, 3, address);
            else
                Ask();
        }
    }

    private void Send(int machine, byte type, string? address)
    {
        byte[] packet = new byte[300];
        (packet[0], packet[1], packet[2]) = (1, 1, 6);
        (packet[4], packet[5], packet[6], packet[7]) = (0xA6, 0x1E, (byte)(machine >> 8), (byte)(machine & 255));
        _relay.GetAddressBytes().CopyTo(packet, 24); // giaddr
        byte[] hardware = [0x02, 0xBE, 0, 0, (byte)(machine >> 8), (byte)(machine & 255)];
        hardware.CopyTo(packet, 28);
        byte[] given = address is null ? [] : IPAddress.Parse(address).GetAddressBytes();
        if (type == 7)
            given.CopyTo(packet, 12);
        byte[] server = IPAddress.Parse(LabNetwork.ServerAddress).GetAddressBytes();
        byte[] options = type switch
        {
            1 => [99, 130, 83, 99, 53, 1, 1, 255],
            3 => [99, 130, 83, 99, 53, 1, 3, 50, 4, .. given, 54, 4, .. server, 255],
            _ => [99, 130, 83, 99, 53, 1, type, 54, 4, .. server, 255],
        };
        options.CopyTo(packet, 236);
        _socket.SendTo(packet, new IPEndPoint(IPAddress.Parse(LabNetwork.ServerAddress), 67));
    }
}
