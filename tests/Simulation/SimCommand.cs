using System;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Aglet.Config;
using Aglet.Core;
using Aglet.Tests.Simulation.Scenarios;

namespace Aglet.Tests.Simulation;

/// <summary>
/// <c>sim [SEED [CLIENTS [server|proxy [lossy|rough|none [trace]]]]]</c>: a boot storm; the seed is a number, or a
/// commit's hash, so that every commit is tried with another one.
/// </summary>
internal static class SimCommand
{
    public static int Run(string[] arguments)
    {
        string text = arguments.Length > 0 ? arguments[0] : $"{DateTime.UtcNow.Ticks}";
        ulong seed = SeedOf(text);
        BootStormPlan plan = new()
        {
            Seed = seed,
            Clients = arguments.Length > 1 && arguments[1] != "conversations" ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 2000,
            Trace = arguments.Length > 4,
        };
        bool isOne = arguments.Length > 2;
        if (arguments is [_, "conversations"]) return TryConverse(seed) ? 0 : 1;

        foreach (DhcpMode mode in (DhcpMode[])[DhcpMode.Server, DhcpMode.Proxy])
        {
            foreach (string rates in (string[])["lossy", "rough"])
            {
                if (isOne && !mode.ToString().Equals(arguments[2], StringComparison.OrdinalIgnoreCase)) continue;
                if (arguments.Length > 3 && arguments[3] != rates && !(arguments[3] == "none" && rates == "lossy")) continue;
                FaultRates chosen = arguments.Length > 3 && arguments[3] == "none" ? FaultRates.None
                    : rates == "rough" ? FaultRates.Rough : FaultRates.Lossy;
                if (!TryRun(plan with { Mode = mode, Rates = chosen }, $"{mode}, {rates}")) return 1;
            }
        }

        return isOne || TryConverse(seed) ? 0 : 1;
    }

    /// <summary>A number, else the hash of the text.</summary>
    public static ulong SeedOf(string text) =>
        ulong.TryParse(text, CultureInfo.InvariantCulture, out ulong number) ? number : Fnv.Hash(Encoding.UTF8.GetBytes(text));

    /// <summary>Whole conversations, on a bad network and from a kernel that refuses, and with a stop in the middle.</summary>
    private static bool TryConverse(ulong seed)
    {
        ConversationPlan plan = new() { Seed = seed };
        foreach (ConversationPlan each in (ConversationPlan[])[plan, plan with { Rates = FaultRates.Rough }, plan with { StopsEarly = true }])
        {
            Console.WriteLine($"seed {seed}, conversations:");
            long start = Stopwatch.GetTimestamp();
            try
            {
                Console.WriteLine($"  {ConversationStorm.Run(each)}; took {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s");
            }
            catch (SimulationException failure)
            {
                Console.Error.WriteLine(failure.Message);
                return false;
            }
        }

        return true;
    }

    private static bool TryRun(BootStormPlan plan, string name)
    {
        Console.WriteLine($"seed {plan.Seed}, {name}:");
        long start = Stopwatch.GetTimestamp();
        try
        {
            Console.WriteLine($"  {BootStorm.Run(plan)}; took {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s");
            return true;
        }
        catch (SimulationException failure)
        {
            Console.Error.WriteLine(failure.Message);
            return false;
        }
    }
}
