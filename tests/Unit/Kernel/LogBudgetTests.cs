using System;
using Aglet.Kernel;
using Aglet.Tests.Simulation;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Unit.Kernel;

public sealed class LogBudgetTests
{
    private readonly SimKernel _kernel = new(1, FaultRates.None);

    [Fact]
    public void EachKindHasItsLinesASecondAndTheRestIsCounted()
    {
        LogBudget budget = new(
            new(_kernel), "test-left-out"u8.ToArray(), "the test", 2, static kind => kind == 0 ? "apples"u8 : "pears"u8, 3);
        Instant now = new(1_000_000_000);
        int written = 0;
        for (int i = 0; i < 10; i++) written += budget.TryTake(now, 0) ? 1 : 0;
        Assert.Equal(3, written);
        Assert.True(budget.TryTake(now, 1));
        Assert.Equal(now + Duration.FromSeconds(1), budget.NextDeadline);
        budget.OnDeadline(now + Duration.FromMilliseconds(999));
        Assert.Empty(_kernel.LogText);
        budget.OnDeadline(now + Duration.FromSeconds(1));
        Assert.EndsWith("warning: 7 more lines about the test were left out: apples\n", _kernel.LogText, StringComparison.Ordinal);
        Assert.Equal(Instant.Never, budget.NextDeadline);
        Assert.True(budget.TryTake(now + Duration.FromSeconds(1), 0));
        Assert.Equal(1, _kernel.LogLines);
    }
}
