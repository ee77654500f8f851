using System;
using Aglet.Boot;
using Aglet.Dhcp;
using Aglet.Journal;
using Aglet.Net;

namespace Aglet.Tests.Fuzz;

/// <summary>
/// What a damaged disk, or an Aglet of another version, may give back: each record that is taken can be written, and says
/// the same when it is read again.
/// </summary>
internal static class JournalFuzz
{
    private const long Time = 1_750_000_000;

    private static readonly HardwareAddress _machine = HardwareAddress.Read([0x52, 0x54, 0, 0, 0, 1]);

    public static FuzzTarget Record => new ReaderFuzzTarget("journal-record", [Wrapped("hello"u8), Wrapped(Lease()), Wrapped([])], ReadRecord);

    public static FuzzTarget LeaseBody => new ReaderFuzzTarget("journal-lease", [Lease()], ReadLease);

    public static FuzzTarget InstallBody => new ReaderFuzzTarget("journal-install", [Install("node1"u8), Install(default)], ReadInstall);

    private static byte[] Wrapped(ReadOnlySpan<byte> body)
    {
        byte[] bytes = new byte[256];
        return bytes[..JournalRecord.Write(bytes, 0, JournalKind.Lease, Time, body)];
    }

    private static byte[] Lease()
    {
        byte[] body = new byte[LeaseRecord.BytesMax];
        LeaseRecord lease = new(new(0x0A000064), new(_machine, 7), LeaseState.Bound, Time);
        return body[..lease.Write(body)];
    }

    private static byte[] Install(ReadOnlySpan<byte> name)
    {
        byte[] body = new byte[InstallRecord.BytesMax];
        InstallEntry entry = new()
        {
            Key = name.IsEmpty ? new(_machine) : new(name.ToArray()),
            HardwareAddress = _machine,
            State = InstallState.Installing,
            Image = "debian"u8.ToArray(),
        };
        return body[..InstallRecord.Write(entry, Time, Time, body)];
    }

    private static bool ReadRecord(ReadOnlySpan<byte> input)
    {
        if (!JournalRecord.TryRead(input, 0, out JournalRecord record)) return false;
        Span<byte> again = stackalloc byte[1024];
        int length = JournalRecord.Write(again, 0, record.Kind, record.Time, record.Body);
        return JournalRecord.TryRead(again[..length], 0, out JournalRecord other) && other.Body.SequenceEqual(record.Body)
            ? true
            : throw new FuzzException("a record is not read again as it was written");
    }

    private static bool ReadLease(ReadOnlySpan<byte> input)
    {
        if (!LeaseRecord.TryRead(input, out LeaseRecord lease)) return false;
        Span<byte> again = stackalloc byte[LeaseRecord.BytesMax];
        int length = lease.Write(again);
        return LeaseRecord.TryRead(again[..length], out LeaseRecord other) && other == lease
            ? true
            : throw new FuzzException("a lease is not read again as it was written");
    }

    private static bool ReadInstall(ReadOnlySpan<byte> input)
    {
        if (!InstallRecord.TryRead(input, out InstallEntry entry, out long booted, out long since)) return false;
        Span<byte> first = stackalloc byte[InstallRecord.BytesMax];
        Span<byte> second = stackalloc byte[InstallRecord.BytesMax];
        int length = InstallRecord.Write(entry, booted, since, first);
        if (!InstallRecord.TryRead(first[..length], out InstallEntry other, out long bootedAgain, out long sinceAgain))
            throw new FuzzException("an install that was written is refused");
        int lengthAgain = InstallRecord.Write(other, bootedAgain, sinceAgain, second);
        return first[..length].SequenceEqual(second[..lengthAgain]) ? true : throw new FuzzException("written twice, and not the same");
    }
}
