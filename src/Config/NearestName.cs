using System;
using System.Collections.Generic;

namespace Aglet.Config;

/// <summary>Guesses which known name somebody meant.</summary>
internal static class NearestName
{
    /// <summary>Longer names are not compared: the cost grows with the product of the lengths.</summary>
    private const int LengthMax = 64;

    /// <summary>The nearest known name, or null when none is near enough to be what was meant.</summary>
    public static string? Find(string name, IEnumerable<string> known)
    {
        string? best = null;
        int bestDistance = int.MaxValue;
        foreach (string candidate in known)
        {
            int distance = Distance(name, candidate);
            if (distance >= bestDistance || !IsNear(name, candidate, distance)) continue;
            best = candidate;
            bestDistance = distance;
        }

        return best;
    }

    /// <summary>The end of a message: <c>; did you mean "x"?</c>, or else what is known, or nothing.</summary>
    public static string Hint(string name, IReadOnlyList<string> known, string knownAs)
    {
        if (Find(name, known) is { } nearest) return $"; did you mean {ConfigNode.Quote(nearest)}?";
        if (known.Count is 0 or > 12) return "";
        return $"; {knownAs}: {string.Join(", ", known)}";
    }

    private static bool IsNear(string name, string candidate, int distance)
    {
        int shorter = Math.Min(name.Length, candidate.Length);
        int longer = Math.Max(name.Length, candidate.Length);
        if (distance <= Math.Max(1, longer / 3)) return shorter > 1 || distance == 0;
        return shorter >= 3 && (candidate.StartsWith(name, StringComparison.OrdinalIgnoreCase)
            || name.StartsWith(candidate, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>
    /// Letters to insert, delete, replace or swap with their neighbour (optimal string alignment). Case costs nothing:
    /// it is the likeliest mistake.
    /// </summary>
    private static int Distance(string left, string right)
    {
        if (left.Length > LengthMax || right.Length > LengthMax) return int.MaxValue;
        Span<int> before = stackalloc int[LengthMax + 1];
        Span<int> above = stackalloc int[LengthMax + 1];
        Span<int> row = stackalloc int[LengthMax + 1];
        for (int j = 0; j <= right.Length; j++) above[j] = j;
        for (int i = 1; i <= left.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int replaced = above[j - 1] + (Same(left[i - 1], right[j - 1]) ? 0 : 1);
                row[j] = Math.Min(replaced, Math.Min(above[j], row[j - 1]) + 1);
                bool swapped = i > 1 && j > 1 && Same(left[i - 1], right[j - 2]) && Same(left[i - 2], right[j - 1]);
                if (swapped) row[j] = Math.Min(row[j], before[j - 2] + 1);
            }

            above.CopyTo(before);
            row.CopyTo(above);
        }

        return above[right.Length];
    }

    private static bool Same(char left, char right) => char.ToLowerInvariant(left) == char.ToLowerInvariant(right);
}
