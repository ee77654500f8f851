using System;

namespace Aglet.Time;

/// <summary>A length of time in nanoseconds.</summary>
internal readonly record struct Duration(long Nanoseconds) : IComparable<Duration>
{
    public static readonly Duration Zero = new(0);

    public long WholeMilliseconds => Nanoseconds / 1_000_000;

    public long WholeSeconds => Nanoseconds / 1_000_000_000;

    public static Duration FromNanoseconds(long count) => new(count);

    public static Duration FromMicroseconds(long count) => new(count * 1_000);

    public static Duration FromMilliseconds(long count) => new(count * 1_000_000);

    public static Duration FromSeconds(long count) => new(count * 1_000_000_000);

    public static Duration operator +(Duration left, Duration right) => new(left.Nanoseconds + right.Nanoseconds);

    public static Duration operator -(Duration left, Duration right) => new(left.Nanoseconds - right.Nanoseconds);

    public static Duration operator *(Duration left, int factor) => new(left.Nanoseconds * factor);

    public static Duration operator /(Duration left, int divisor) => new(left.Nanoseconds / divisor);

    public static bool operator <(Duration left, Duration right) => left.Nanoseconds < right.Nanoseconds;

    public static bool operator >(Duration left, Duration right) => left.Nanoseconds > right.Nanoseconds;

    public static bool operator <=(Duration left, Duration right) => left.Nanoseconds <= right.Nanoseconds;

    public static bool operator >=(Duration left, Duration right) => left.Nanoseconds >= right.Nanoseconds;

    public static Duration Min(Duration left, Duration right) => left < right ? left : right;

    public static Duration Max(Duration left, Duration right) => left > right ? left : right;

    public int CompareTo(Duration other) => Nanoseconds.CompareTo(other.Nanoseconds);
}

/// <summary>
/// A point on the monotonic clock, in nanoseconds since a start that means nothing. Never the time of day.
/// </summary>
internal readonly record struct Instant(long Nanoseconds) : IComparable<Instant>
{
    /// <summary>Later than every real instant: the deadline of what waits for nothing.</summary>
    public static readonly Instant Never = new(long.MaxValue);

    /// <summary>Saturates at <see cref="Never"/>.</summary>
    public static Instant operator +(Instant start, Duration length) =>
        length.Nanoseconds >= long.MaxValue - Math.Max(0, start.Nanoseconds)
            ? Never
            : new(start.Nanoseconds + length.Nanoseconds);

    public static Duration operator -(Instant end, Instant start) => new(end.Nanoseconds - start.Nanoseconds);

    public static bool operator <(Instant left, Instant right) => left.Nanoseconds < right.Nanoseconds;

    public static bool operator >(Instant left, Instant right) => left.Nanoseconds > right.Nanoseconds;

    public static bool operator <=(Instant left, Instant right) => left.Nanoseconds <= right.Nanoseconds;

    public static bool operator >=(Instant left, Instant right) => left.Nanoseconds >= right.Nanoseconds;

    public static Instant Min(Instant left, Instant right) => left < right ? left : right;

    public int CompareTo(Instant other) => Nanoseconds.CompareTo(other.Nanoseconds);
}
