using Aglet.Linux;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Unit.Linux;

public sealed class SpinGaugeTests
{
    private static readonly Duration _short = Duration.FromMicroseconds(30);
    private static readonly Duration _long = Duration.FromMilliseconds(3);

    [Fact]
    public void ShortWaitsMakeItWorthwhileAndLongOnesEndIt()
    {
        SpinGauge gauge = new(hasProcessors: true);
        Assert.False(gauge.IsWorthwhile);
        for (int i = 0; i < 4; i++) gauge.OnWaited(_short, isFound: true, isSlept: true);
        Assert.True(gauge.IsWorthwhile);
        int tries = 0;
        while (gauge.IsWorthwhile)
        {
            gauge.OnWaited(SpinGauge.Longest, isFound: false, isSlept: false);
            gauge.OnWaited(_long, isFound: true, isSlept: true);
            tries++;
        }

        Assert.InRange(tries, 1, 3);
    }

    [Fact]
    public void OneProcessorNeverSpins()
    {
        SpinGauge gauge = new(hasProcessors: false);
        for (int i = 0; i < 100; i++) gauge.OnWaited(_short, isFound: true, isSlept: true);
        Assert.False(gauge.IsWorthwhile);
    }

    [Fact]
    public void ManyAtOnceEndIt()
    {
        SpinGauge gauge = new(hasProcessors: true);
        for (int i = 0; i < 8; i++) gauge.OnWaited(_short, isFound: true, isSlept: true);
        gauge.OnReceived(2);
        Assert.True(gauge.IsWorthwhile);
        gauge.OnReceived(20);
        Assert.False(gauge.IsWorthwhile);
    }
}
