using System.Diagnostics;
using Aglet.Core;
using Xunit;

namespace Aglet.Tests.Unit.Core;

public sealed class CheckTests
{
    [Fact]
    public void TrueConditionPasses() => Check.That(1 + 1 == 2);

    /// <summary>A broken invariant ends the process, so it is broken in a process of its own.</summary>
    [Fact]
    public void BrokenInvariantStopsTheProcessAndNamesTheExpression()
    {
        ProcessStartInfo start = new("dotnet", [typeof(CheckTests).Assembly.Location, "break-invariant"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment = { ["DOTNET_DbgEnableMiniDump"] = "0" },
        };
        using Process process = Process.Start(start)!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.NotEqual(0, process.ExitCode);
        Assert.Contains("invariant broken: leases == 1 (", errors, System.StringComparison.Ordinal);
    }
}
