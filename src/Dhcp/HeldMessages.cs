using System;
using Aglet.Core;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Dhcp;

/// <summary>A DISCOVER that waits while the network is asked for the address that it is to be offered.</summary>
/// <param name="Machine">Whose.</param>
/// <param name="Address">What is asked for.</param>
/// <param name="Since">When it came.</param>
/// <param name="Until">When it is answered at the latest.</param>
/// <param name="Arrival">How it came.</param>
internal readonly record struct HeldMessage(
    HardwareAddress Machine, Ipv4Address Address, Instant Since, Instant Until, DhcpArrival Arrival);

/// <summary>
/// The messages that wait, in the order of their deadlines, as they came. What waits is the question and not the answer:
/// when its time comes it is handled as if it came then, and gets whatever is right then.
/// </summary>
internal sealed class HeldMessages(int messages = Limits.DhcpHeldMessages)
{
    private readonly HeldMessage[] _held = new HeldMessage[messages];
    private readonly short[] _lengths = new short[messages];
    private readonly byte[] _bytes = new byte[messages * Limits.DhcpDatagramBytes];
    private int _first;

    /// <summary>Messages that wait, or were taken out between others that do.</summary>
    public int Count { get; private set; }

    /// <summary>When the next one is due.</summary>
    public Instant NextDeadline => Count == 0 ? Instant.Never : _held[_first].Until;

    /// <summary>
    /// Keeps a message; a machine's later one takes the place of its earlier one, but not its later deadline, so that who
    /// asks again and again is answered all the same.
    /// </summary>
    /// <returns>False when there is no room: it is answered at once.</returns>
    public bool TryHold(in HeldMessage message, ReadOnlySpan<byte> datagram)
    {
        Check.That(datagram.Length <= Limits.DhcpDatagramBytes);
        int at = Find(message.Machine);
        if (at >= 0)
        {
            _held[at] = message with { Since = _held[at].Since, Until = _held[at].Until };
        }
        else
        {
            if (Count == _held.Length) return false;
            at = PlaceOf(Count++);

            // Everybody waits equally long: the order of coming is that of the deadlines.
            Check.That(Count == 1 || _held[PlaceOf(Count - 2)].Until <= message.Until);
            _held[at] = message;
        }

        datagram.CopyTo(_bytes.AsSpan(at * Limits.DhcpDatagramBytes));
        _lengths[at] = (short)datagram.Length;
        return true;
    }

    /// <summary>Takes out the next message that is due.</summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="target">Takes its bytes.</param>
    /// <param name="message">What is known of it.</param>
    /// <param name="length">Its bytes; 0 when nothing is due.</param>
    public bool TryTakeDue(Instant now, Span<byte> target, out HeldMessage message, out int length)
    {
        message = default;
        length = 0;
        while (Count > 0 && _held[_first].Until <= now)
        {
            bool isThere = Take(_first, target, out message, out length);
            _first = PlaceOf(1);
            Count--;
            if (isThere) return true;
        }

        return false;
    }

    /// <summary>Takes out a message that waits for an address about which it need not wait any more.</summary>
    public bool TryTake(Ipv4Address address, Span<byte> target, out HeldMessage message, out int length)
    {
        for (int i = 0; i < Count; i++)
        {
            if (_held[PlaceOf(i)].Address != address || !Take(PlaceOf(i), target, out message, out length)) continue;
            DropTaken();
            return true;
        }

        message = default;
        length = 0;
        return false;
    }

    /// <summary>Forgets everything; the clients ask again.</summary>
    public void Clear() => Count = 0;

    private int Find(HardwareAddress machine)
    {
        for (int i = 0; i < Count; i++)
        {
            int at = PlaceOf(i);
            if (_held[at].Machine == machine && _lengths[at] > 0) return at;
        }

        return -1;
    }

    private bool Take(int at, Span<byte> target, out HeldMessage message, out int length)
    {
        message = _held[at];
        length = _lengths[at];
        _bytes.AsSpan(at * Limits.DhcpDatagramBytes, length).CopyTo(target);
        _held[at] = message with { Address = default, Machine = default };
        _lengths[at] = 0;
        return length > 0;
    }

    /// <summary>What was taken out at the front needs no deadline.</summary>
    private void DropTaken()
    {
        while (Count > 0 && _lengths[_first] == 0)
        {
            _first = PlaceOf(1);
            Count--;
        }
    }

    private int PlaceOf(int index) => (_first + index) % _held.Length;
}
