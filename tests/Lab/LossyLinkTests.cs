using System;
using Aglet.Tests.Bench;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>One cell of what <c>make bench ONLY=link</c> measures: a link that holds each frame 1 ms and loses one in twenty.</summary>
[Trait("Category", "Lab")]
public sealed class LossyLinkTests
{
    private const double LimitSeconds = 300;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(1, 60_000)]
    [InlineData(16, 300_000)]
    public void TftpFileComesWholeThroughLoss(int window, int bytes)
        => Serve($"lossy-tftp-{window}", bytes, file =>
        {
            TftpOutcome outcome = TftpLoad.One(file, bytes, window, 0, _patience, LimitSeconds);
            Assert.Equal(1, outcome.Files);
            Assert.Equal(window, outcome.Window);
            Assert.Equal(bytes, outcome.Bytes);
        });

    [Fact]
    public void HttpFileComesWholeThroughLoss() => Serve("lossy-http", 3_000_000, file =>
    {
        HttpOutcome outcome = HttpLoad.Repeat(file, 3_000_000, 0, LimitSeconds);
        Assert.Equal(1, outcome.Files);
        Assert.Equal(3_000_000, outcome.Bytes);
    });

    private static void Serve(string name, long bytes, Action<string> fetch)
    {
        BenchFolder folder = new(Repository.NewFolder(name));
        string file = folder.Sized(bytes);
        using BenchNetwork network = new(pins: false, hasWeather: true);
        BenchHost host = new(network, folder);
        using RunningServer running = host.StartTftp(new BenchServers(folder).Aglet);
        network.Become(new LinkWeather(1, 5, 20_260_101));
        host.OnClient(() =>
        {
            fetch(file);
            return true;
        });
        network.Check(hasLost: true);
    }
}
