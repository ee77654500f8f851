using System;

namespace Aglet.Tests.Fuzz;

/// <summary><c>fuzz [COUNT [SEED [TARGET]]]</c>: as many mutations of each target as one has time for.</summary>
internal static class FuzzCommand
{
    public static int Run(string[] arguments)
    {
        long count = arguments.Length > 0 ? long.Parse(arguments[0], null) : 10_000_000;
        ulong seed = arguments.Length > 1
            ? ulong.Parse(arguments[1], null)
            : unchecked((ulong)DateTime.UtcNow.Ticks);
        foreach (FuzzTarget target in FuzzTargets.All())
        {
            if (arguments.Length > 2 && arguments[2] != target.Name) continue;

            // Said before, so that it is known when an invariant ends the process.
            Console.Write($"{target.Name}: {count / target.Share} mutations of seed {seed}: ");
            Console.Out.Flush();
            try
            {
                FuzzDriver.Whole(target);
                FuzzDriver.EveryPrefix(target);
                FuzzOutcome outcome = FuzzDriver.Mutate(target, seed, count / target.Share);
                Console.WriteLine($"{outcome.Accepted} accepted, {outcome.Refused} refused");
            }
            catch (FuzzException failure)
            {
                Console.WriteLine();
                Console.Error.WriteLine(failure.Message);
                return 1;
            }
        }

        return 0;
    }
}
