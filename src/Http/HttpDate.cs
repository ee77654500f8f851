using System;
using Aglet.Time;
using Aglet.Wire;

namespace Aglet.Http;

/// <summary>Dates of HTTP (RFC 9110 section 5.6.7) as seconds since 1970; always GMT, never of a culture.</summary>
/// <remarks>
/// <code>
/// Sun, 06 Nov 1994 08:49:37 GMT     IMF-fixdate, the only form that is written
/// Sunday, 06-Nov-94 08:49:37 GMT    RFC 850
/// Sun Nov  6 08:49:37 1994          asctime
/// </code>
/// </remarks>
internal static class HttpDate
{
    /// <summary>Bytes of an IMF-fixdate.</summary>
    public const int Bytes = 29;

    /// <summary>The last second that has four digits of year.</summary>
    public const long SecondsMax = 253_402_300_799;

    private static ReadOnlySpan<byte> DayNames => "SunMonTueWedThuFriSat"u8;

    private static ReadOnlySpan<byte> MonthNames => "JanFebMarAprMayJunJulAugSepOctNovDec"u8;

    /// <summary>Writes an IMF-fixdate; times before 1970 are written as 1970.</summary>
    public static void Write(long unixSeconds, ref WireWriter target)
    {
        long seconds = Math.Clamp(unixSeconds, 0, SecondsMax);
        long days = seconds / 86400;
        int rest = (int)(seconds % 86400);
        CalendarDate.DateOf(days, out int year, out int month, out int day);
        target.Bytes(DayNames.Slice((int)((days + 4) % 7) * 3, 3));
        target.Bytes(", "u8);
        WriteTwoDigits(ref target, day);
        target.U8((byte)' ');
        target.Bytes(MonthNames.Slice((month - 1) * 3, 3));
        target.U8((byte)' ');
        WriteTwoDigits(ref target, year / 100);
        WriteTwoDigits(ref target, year % 100);
        target.U8((byte)' ');
        WriteTwoDigits(ref target, rest / 3600);
        target.U8((byte)':');
        WriteTwoDigits(ref target, rest / 60 % 60);
        target.U8((byte)':');
        WriteTwoDigits(ref target, rest % 60);
        target.Bytes(" GMT"u8);
    }

    /// <summary>Reads any of the three forms.</summary>
    /// <param name="text">The whole value.</param>
    /// <param name="nowUnixSeconds">Says which century the two digits of RFC 850 mean.</param>
    /// <param name="unixSeconds">The time; before 1970 it is negative.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, long nowUnixSeconds, out long unixSeconds)
    {
        unixSeconds = 0;
        int comma = text.IndexOf((byte)',');
        if (comma < 0) return TryParseAsctime(text, out unixSeconds);
        if (comma == 3) return TryParseFixdate(text, out unixSeconds);
        return TryParseRfc850(text[..comma], text[(comma + 1)..], nowUnixSeconds, out unixSeconds);
    }

    private static bool TryParseFixdate(ReadOnlySpan<byte> text, out long unixSeconds)
    {
        unixSeconds = 0;
        if (text.Length != Bytes || !text[25..].SequenceEqual(" GMT"u8) || !IsDayName(text[..3])) return false;
        if (text[4] != ' ' || text[7] != ' ' || text[11] != ' ' || text[16] != ' ') return false;
        return TryNumber(text[5..7], out int day) && TryNumber(text[12..16], out int year)
            && TryJoin(year, text[8..11], day, text[17..25], out unixSeconds);
    }

    private static bool TryParseRfc850(
        ReadOnlySpan<byte> name, ReadOnlySpan<byte> rest, long now, out long unixSeconds)
    {
        unixSeconds = 0;
        if (!IsLongDayName(name) || rest.Length != 23 || !rest[19..].SequenceEqual(" GMT"u8)) return false;
        if (rest[0] != ' ' || rest[3] != '-' || rest[7] != '-' || rest[10] != ' ') return false;
        if (!TryNumber(rest[1..3], out int day) || !TryNumber(rest[8..10], out int year)) return false;

        // A date more than 50 years ahead is the one of the century before.
        CalendarDate.DateOf(Math.Clamp(now, 0, SecondsMax) / 86400, out int thisYear, out _, out _);
        year += thisYear - (thisYear % 100);
        if (year > thisYear + 50) year -= 100;
        return TryJoin(year, rest[4..7], day, rest[11..19], out unixSeconds);
    }

    private static bool TryParseAsctime(ReadOnlySpan<byte> text, out long unixSeconds)
    {
        unixSeconds = 0;
        if (text.Length != 24 || !IsDayName(text[..3])) return false;
        if (text[3] != ' ' || text[7] != ' ' || text[10] != ' ' || text[19] != ' ') return false;
        ReadOnlySpan<byte> dayText = text[8] == ' ' ? text[9..10] : text[8..10];
        return TryNumber(dayText, out int day) && TryNumber(text[20..], out int year)
            && TryJoin(year, text[4..7], day, text[11..19], out unixSeconds);
    }

    private static bool TryJoin(
        int year, ReadOnlySpan<byte> monthName, int day, ReadOnlySpan<byte> clock, out long unixSeconds)
    {
        unixSeconds = 0;
        int month = 1;
        while (month <= 12 && !MonthNames.Slice((month - 1) * 3, 3).SequenceEqual(monthName)) month++;
        if (month > 12 || day < 1 || day > DaysIn(year, month) || clock[2] != ':' || clock[5] != ':') return false;
        if (!TryNumber(clock[..2], out int hour) || !TryNumber(clock[3..5], out int minute)) return false;
        if (!TryNumber(clock[6..], out int second)) return false;

        // 60 is a leap second.
        if (hour > 23 || minute > 59 || second > 60) return false;
        unixSeconds = (CalendarDate.DaysOf(year, month, day) * 86400) + (hour * 3600) + (minute * 60) + second;
        return true;
    }

    private static bool IsDayName(ReadOnlySpan<byte> name)
    {
        int at = DayNames.IndexOf(name);
        return at >= 0 && at % 3 == 0;
    }

    private static bool IsLongDayName(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("Sunday"u8) || name.SequenceEqual("Monday"u8) || name.SequenceEqual("Tuesday"u8)
        || name.SequenceEqual("Wednesday"u8) || name.SequenceEqual("Thursday"u8) || name.SequenceEqual("Friday"u8)
        || name.SequenceEqual("Saturday"u8);

    private static bool TryNumber(ReadOnlySpan<byte> digits, out int number)
    {
        bool isNumber = AsciiText.TryParseDecimal(digits, 9999, out ulong value);
        number = isNumber ? (int)value : 0;
        return isNumber;
    }

    private static int DaysIn(int year, int month) => month switch
    {
        2 => year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28,
        4 or 6 or 9 or 11 => 30,
        _ => 31,
    };

    private static void WriteTwoDigits(ref WireWriter target, int value)
    {
        target.U8((byte)('0' + (value / 10)));
        target.U8((byte)('0' + (value % 10)));
    }
}
