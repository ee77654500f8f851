using System;
using System.Buffers.Binary;
using Aglet.Core;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Boot;

/// <summary>How far a machine is with being installed. The numbers are on disks: they never change.</summary>
internal enum InstallState : byte
{
    /// <summary>Its next network boot installs it.</summary>
    Armed = 0,

    /// <summary>It was given its answer file, and has not reported since.</summary>
    Installing = 1,

    Installed = 2,
}

/// <summary>How it is known that a machine is installed. The numbers are on disks: they never change.</summary>
internal enum InstallProof : byte
{
    None = 0,

    /// <summary>Its installer said so.</summary>
    Reported = 1,

    /// <summary>A system of its own asked DHCP.</summary>
    Seen = 2,
}

/// <summary>Whose install it is: a machine by its name, whatever card it boots from; any other by its MAC.</summary>
internal readonly struct InstallKey : IEquatable<InstallKey>
{
    public InstallKey(byte[] name) => Name = name;

    public InstallKey(HardwareAddress hardwareAddress) => HardwareAddress = hardwareAddress;

    /// <summary>From the configuration; null for a machine that it does not name.</summary>
    public byte[]? Name { get; }

    public HardwareAddress HardwareAddress { get; }

    public ulong Hash => Name is null ? HardwareAddress.Hash : Fnv.Hash(Name);

    public static bool operator ==(in InstallKey left, in InstallKey right) => left.Equals(right);

    public static bool operator !=(in InstallKey left, in InstallKey right) => !left.Equals(right);

    public bool Equals(InstallKey other) => Name is null || other.Name is null
        ? Name == other.Name && HardwareAddress == other.HardwareAddress
        : Name.AsSpan().SequenceEqual(other.Name);

    public override bool Equals(object? obj) => obj is InstallKey other && Equals(other);

    public override int GetHashCode() => unchecked((int)Hash);
}

/// <summary>What is remembered of one machine's installs.</summary>
internal struct InstallEntry
{
    public InstallKey Key { get; set; }

    /// <summary>The card of its last network boot.</summary>
    public HardwareAddress HardwareAddress { get; set; }

    /// <summary>What the scripts of that boot told; none when it was taken back.</summary>
    public BootToken Token { get; set; }

    /// <summary>When that boot began.</summary>
    public Instant BootedAt { get; set; }

    public InstallState State { get; set; }

    public InstallProof Proof { get; set; }

    /// <summary>When <see cref="State"/> began.</summary>
    public Instant Since { get; set; }

    /// <summary>What is or was installed; empty before the first install.</summary>
    public byte[] Image { get; set; }

    /// <summary>Installs that were begun since it was armed and never reported.</summary>
    public ushort Failures { get; set; }

    /// <summary>The last <c>aglet again</c> that was taken note of; 0 for none.</summary>
    public UInt128 Again { get; set; }
}

/// <summary>An <see cref="InstallEntry"/> as the body of a journal's record; times are seconds since 1970.</summary>
/// <remarks>
/// <code>
///  0  state     <see cref="InstallState"/>
///  1  proof     <see cref="InstallProof"/>
///  2  failures  2 bytes
///  4  token     16 bytes; zero for none
/// 20  again     16 bytes; zero for none
/// 36  booted    8 bytes
/// 44  since     8 bytes
/// 52  card      length and 16 bytes
/// 69  key       length (0: the card is the key) and the name
///     image     length and the name
/// </code>
/// Numbers are big-endian. Records of one machine follow each other in the file, and the last one counts. The token is in
/// it because an install outlives a restart of ours; the file is as secret as the configuration with its hashes.
/// </remarks>
internal static class InstallRecord
{
    public const int BytesMax = FixedBytes + 2 + 255 + 255;

    private const int FixedBytes = 69;

    /// <summary>Writes the body and returns its length.</summary>
    public static int Write(in InstallEntry entry, long bootedUnixSeconds, long sinceUnixSeconds, Span<byte> target)
    {
        target[..FixedBytes].Clear();
        target[0] = (byte)entry.State;
        target[1] = (byte)entry.Proof;
        BinaryPrimitives.WriteUInt16BigEndian(target[2..], entry.Failures);
        entry.Token.WriteBytes(target[4..]);
        BinaryPrimitives.WriteUInt128BigEndian(target[20..], entry.Again);
        BinaryPrimitives.WriteInt64BigEndian(target[36..], bootedUnixSeconds);
        BinaryPrimitives.WriteInt64BigEndian(target[44..], sinceUnixSeconds);
        HardwareAddress card = entry.Key.Name is null ? entry.Key.HardwareAddress : entry.HardwareAddress;
        target[52] = (byte)card.Length;
        card.Write(target[53..]);
        int at = FixedBytes;
        WriteText(entry.Key.Name, target, ref at);
        WriteText(entry.Image, target, ref at);
        return at;
    }

    /// <summary>False when the body is not of this form. It allocates: for a start only.</summary>
    public static bool TryRead(
        ReadOnlySpan<byte> body, out InstallEntry entry, out long bootedUnixSeconds, out long sinceUnixSeconds)
    {
        entry = default;
        bootedUnixSeconds = sinceUnixSeconds = 0;
        if (body.Length < FixedBytes || body[0] > 2 || body[1] > 2 || body[52] > 16) return false;
        int at = FixedBytes;
        if (!TryReadText(body, ref at, out byte[] name) || !TryReadText(body, ref at, out byte[] image)) return false;
        HardwareAddress card = HardwareAddress.Read(body.Slice(53, body[52]));
        if (at != body.Length || (name.Length == 0 && card.IsNone)) return false;
        bootedUnixSeconds = BinaryPrimitives.ReadInt64BigEndian(body[36..]);
        sinceUnixSeconds = BinaryPrimitives.ReadInt64BigEndian(body[44..]);
        entry = new()
        {
            Key = name.Length == 0 ? new(card) : new(name),
            HardwareAddress = card,
            Token = BootToken.Read(body[4..]),
            State = (InstallState)body[0],
            Proof = (InstallProof)body[1],
            Image = image,
            Failures = BinaryPrimitives.ReadUInt16BigEndian(body[2..]),
            Again = BinaryPrimitives.ReadUInt128BigEndian(body[20..]),
        };
        return true;
    }

    private static void WriteText(ReadOnlySpan<byte> text, Span<byte> target, ref int at)
    {
        Check.That(text.Length <= 255);
        target[at++] = (byte)text.Length;
        text.CopyTo(target[at..]);
        at += text.Length;
    }

    private static bool TryReadText(ReadOnlySpan<byte> body, ref int at, out byte[] text)
    {
        text = [];
        if (at >= body.Length || at + 1 + body[at] > body.Length) return false;
        text = body.Slice(at + 1, body[at]).ToArray();
        at += 1 + text.Length;
        return true;
    }
}
