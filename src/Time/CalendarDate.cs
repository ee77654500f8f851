namespace Aglet.Time;

/// <summary>Days since 1970 and dates of the Gregorian calendar; no time zone, no culture.</summary>
internal static class CalendarDate
{
    /// <summary>
    /// Days since 1970 of a date. Years are counted from March, so that the leap day is the last of its year, and
    /// in eras of 400 years, which are 146,097 days each.
    /// </summary>
    public static long DaysOf(int year, int month, int day)
    {
        int marchYear = month <= 2 ? year - 1 : year;
        int era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400;
        int yearOfEra = marchYear - (era * 400);
        int dayOfYear = (((153 * (month > 2 ? month - 3 : month + 9)) + 2) / 5) + day - 1;
        int dayOfEra = (yearOfEra * 365) + (yearOfEra / 4) - (yearOfEra / 100) + dayOfYear;
        return ((long)era * 146_097) + dayOfEra - 719_468;
    }

    /// <summary>The inverse of <see cref="DaysOf"/> for days from 1970 on.</summary>
    public static void DateOf(long days, out int year, out int month, out int day)
    {
        int shifted = (int)days + 719_468;
        int era = shifted / 146_097;
        int dayOfEra = shifted - (era * 146_097);
        int yearOfEra = (dayOfEra - (dayOfEra / 1460) + (dayOfEra / 36_524) - (dayOfEra / 146_096)) / 365;
        int dayOfYear = dayOfEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        int marchMonth = ((5 * dayOfYear) + 2) / 153;
        day = dayOfYear - (((153 * marchMonth) + 2) / 5) + 1;
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
        year = yearOfEra + (era * 400) + (month <= 2 ? 1 : 0);
    }
}
