using System;
using Aglet.Tests.Fuzz;
using Aglet.Tests.Simulation;

namespace Aglet.Tests;

/// <summary>The verbs that a person runs by hand; the tests themselves run through <c>dotnet test</c>.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        string verb = args.Length > 0 ? args[0] : "";
        switch (verb)
        {
            case "sim":
                return SimCommand.Run(args[1..]);
            case "fuzz":
                return FuzzCommand.Run(args[1..]);

            // For the test that sees a broken invariant end a process.
            case "break-invariant":
                int leases = 2;
                Aglet.Core.Check.That(leases == 1);
                return 0;
            case "bench":
                return Bench.BenchCommand.Run(args[1..]);
            case "conformance":
                return Conformance.ConformanceCommand.Run(args[1..]);
            case "demo":
                return Lab.Demo.Run();
            default:
                Console.Error.WriteLine("usage: tests demo | bench [--help] | conformance [--only SERVER,...|ROW-PREFIX,...] | sim [SEED [conversations | CLIENTS [server|proxy [lossy|rough|none [trace]]]]] | fuzz [COUNT [SEED [TARGET]]]");
                return 2;
        }
    }
}
