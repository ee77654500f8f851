using System;
using System.Buffers.Binary;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Dhcp;

/// <summary>Who has an address, and until when.</summary>
/// <param name="Address">The address.</param>
/// <param name="Owner">None when its owner has another one now, and this one is only waited for.</param>
/// <param name="State">What it is used for.</param>
/// <param name="Until">When that ends by itself; never for what does not.</param>
internal readonly record struct LeaseBinding(Ipv4Address Address, LeaseKey Owner, LeaseState State, Instant Until);

/// <summary>A <see cref="LeaseBinding"/> as the body of a journal's record, the time being seconds since 1970.</summary>
/// <remarks>
/// <code>
///  0  address      4 bytes
///  4  state        1 bound, 2 idle, 3 declined
///  5  length       of the hardware address, 0 to 16
///  6  zero         2 bytes
///  8  until        seconds since 1970; the largest number for never
/// 16  client       hash of option 61; 0 for none
/// 32  hardware address
/// </code>
/// Records of one address follow each other in the file, and the last one counts.
/// </remarks>
/// <param name="Address">The address.</param>
/// <param name="Owner">As in <see cref="LeaseBinding"/>.</param>
/// <param name="State">Bound, idle or declined.</param>
/// <param name="UntilUnixSeconds">By the clock of when it was written.</param>
internal readonly record struct LeaseRecord(Ipv4Address Address, LeaseKey Owner, LeaseState State, long UntilUnixSeconds)
{
    public const int BytesMax = FixedBytes + 16;

    private const int FixedBytes = 32;

    /// <summary>Writes the body and returns its length.</summary>
    public int Write(Span<byte> target)
    {
        int machineLength = Owner.Machine.Length;
        target[..(FixedBytes + machineLength)].Clear();
        Address.Write(target);
        target[4] = (byte)(State switch { LeaseState.Bound => 1, LeaseState.Idle => 2, _ => 3 });
        target[5] = (byte)machineLength;
        BinaryPrimitives.WriteInt64BigEndian(target[8..], UntilUnixSeconds);
        BinaryPrimitives.WriteUInt128BigEndian(target[16..], Owner.ClientId);
        Owner.Machine.Write(target[FixedBytes..]);
        return FixedBytes + machineLength;
    }

    /// <summary>False when the body is not of this form.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out LeaseRecord record)
    {
        record = default;
        if (body.Length < FixedBytes || body[5] > 16 || body.Length != FixedBytes + body[5]) return false;
        LeaseState state = body[4] switch
        {
            1 => LeaseState.Bound,
            2 => LeaseState.Idle,
            3 => LeaseState.Declined,
            _ => LeaseState.Free,
        };
        if (state == LeaseState.Free) return false;
        LeaseKey owner = new(HardwareAddress.Read(body[FixedBytes..]), BinaryPrimitives.ReadUInt128BigEndian(body[16..]));
        record = new(Ipv4Address.Read(body), owner, state, BinaryPrimitives.ReadInt64BigEndian(body[8..]));
        return true;
    }
}
