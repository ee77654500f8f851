using System;
using System.Collections.Generic;
using System.Threading;
using Aglet.Tests.Bench;

namespace Aglet.Tests.Conformance;

/// <summary>Tries rows against a server, several at a time: most of them wait.</summary>
internal static class ConformanceRun
{
    private const int Threads = 8;

    /// <summary>Tries all rows, in no order; the outcomes are in that of the rows.</summary>
    /// <param name="target">The server.</param>
    /// <param name="rows">What is asked of it.</param>
    /// <param name="space">The network namespace of the client; null for this one.</param>
    /// <param name="triesAgain">What failed is tried once more, alone.</param>
    public static Outcome[] All(ConformanceTarget target, IReadOnlyList<Requirement> rows, string? space, bool triesAgain = true)
    {
        Outcome[] outcomes = new Outcome[rows.Count];
        int next = 0;
        InThreads(Threads, space, () =>
        {
            for (int row = Interlocked.Increment(ref next) - 1; row < rows.Count; row = Interlocked.Increment(ref next) - 1)
                outcomes[row] = One(target, rows[row]);
        });

        if (!triesAgain) return outcomes;

        // Machines are busy: what failed beside others is tried once more alone, and what it was is kept.
        InThreads(1, space, () =>
        {
            for (int row = 0; row < rows.Count; row++)
            {
                if (outcomes[row].Verdict != Verdict.Fail) continue;
                Outcome again = One(target, rows[row]);
                outcomes[row] = again.Verdict == Verdict.Pass
                    ? again with { Seen = "passed when tried again; at first: " + outcomes[row].Seen }
                    : again;
            }
        });
        return outcomes;
    }

    public static Outcome One(ConformanceTarget target, Requirement row)
    {
        try
        {
            row.Check(target);
            return new(row, Verdict.Pass, "");
        }
        catch (NotConforming seen)
        {
            return new(row, Verdict.Fail, seen.Message);
        }
        catch (NotApplicable why)
        {
            return new(row, Verdict.Unclear, why.Message);
        }
        catch (Exception failure)
        {
            return new(row, Verdict.Fail, $"{failure.GetType().Name}: {failure.Message}");
        }
    }

    private static void InThreads(int count, string? space, Action work)
    {
        Thread[] threads = new Thread[count];
        Exception? failed = null;
        for (int i = 0; i < count; i++)
        {
            threads[i] = new Thread(() =>
            {
                try
                {
                    if (space is not null) BenchNative.Enter(space);
                    work();
                }
                catch (Exception failure)
                {
                    failed = failure;
                }
            });
            threads[i].Start();
        }

        foreach (Thread thread in threads) thread.Join();
        if (failed is not null) throw new InvalidOperationException("a thread of the suite ended", failed);
    }
}
