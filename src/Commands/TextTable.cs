using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Aglet.Config;
using Aglet.Time;

namespace Aglet.Commands;

/// <summary>Rows of texts, for people with aligned columns, for programs as JSON.</summary>
internal static class TextTable
{
    private const long LastSecond = 253_402_300_799;

    /// <summary>A line a row, under headings.</summary>
    public static string Write(string[] headings, List<string[]> rows)
    {
        int[] widths = new int[headings.Length];
        List<string[]> lines = [headings, .. rows];
        foreach (string[] row in lines)
        {
            for (int i = 0; i < row.Length; i++) widths[i] = Math.Max(widths[i], row[i].Length);
        }

        StringBuilder text = new();
        foreach (string[] row in lines)
        {
            StringBuilder line = new();
            for (int i = 0; i < row.Length; i++) line.Append(row[i].PadRight(widths[i] + 2));
            text.Append(line.ToString().TrimEnd()).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>An array of objects; what is empty is left out.</summary>
    public static string Json(string[] keys, List<string[]> rows)
    {
        StringBuilder text = new("[");
        for (int i = 0; i < rows.Count; i++)
        {
            text.Append(i == 0 ? "\n  {" : ",\n  {");
            bool isFirst = true;
            for (int cell = 0; cell < keys.Length; cell++)
            {
                if (rows[i][cell].Length == 0) continue;
                text.Append(isFirst ? " " : ", ").Append(ConfigNode.Quote(keys[cell])).Append(": ");
                text.Append(ConfigNode.Quote(rows[i][cell]));
                isFirst = false;
            }

            text.Append(" }");
        }

        return text.Append(rows.Count == 0 ? "]\n" : "\n]\n").ToString();
    }

    /// <summary>Seconds since 1970 as ISO 8601, UTC.</summary>
    public static string TimeOf(long unixSeconds)
    {
        long seconds = Math.Clamp(unixSeconds, 0, LastSecond);
        CalendarDate.DateOf(seconds / 86400, out int year, out int month, out int day);
        long rest = seconds % 86400;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{year:d4}-{month:d2}-{day:d2}T{rest / 3600:d2}:{rest / 60 % 60:d2}:{rest % 60:d2}Z");
    }
}
