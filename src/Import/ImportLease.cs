using System;

namespace Aglet.Import;

/// <summary>Lease times of a source in the range that our configuration has.</summary>
internal static class ImportLease
{
    private const long Shortest = 10;
    private const long Longest = 365 * 86400;

    /// <summary>The nearest lease time that can be said, in seconds; all ones stays for ever.</summary>
    public static long Clamp(long seconds, int line, string what, ImportReport report)
    {
        if (seconds == uint.MaxValue) return seconds;
        long lease = Math.Clamp(seconds, Shortest, Longest);
        if (lease != seconds)
        {
            report.Changed(line, what, $"the lease is {ImportWriter.LeaseOf(lease)} and no longer {seconds} seconds: "
                + "\"10s\" to \"365d\" or \"infinite\" is possible");
        }

        return lease;
    }
}
