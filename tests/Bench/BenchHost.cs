using System;
using Aglet.Tests.Lab;

namespace Aglet.Tests.Bench;

/// <summary>Starts servers on a network, and works on the client's side of it.</summary>
internal sealed class BenchHost(BenchNetwork network, BenchFolder folder)
{
    private static readonly TimeSpan _readinessPause = TimeSpan.FromMilliseconds(100);

    public RunningServer StartTftp(BenchServer server) => Start(server, () =>
    {
        using ReceiveBatch batch = new();
        using TftpDownload download = new(batch, BenchFolder.Small, BenchFolder.SmallBytes, 1468, 1, TimeSpan.FromMilliseconds(50));
        download.Begin();
        while (download.Receive(0) && !download.IsDone)
        {
        }
        return download.IsDone;
    });

    public RunningServer StartHttp(BenchServer server) => Start(server, HttpLoad.IsAnswered);

    public RunningServer StartDhcp(BenchServer server)
        => Start(server, () => DhcpLoad.FirstOffer(TimeSpan.FromSeconds(1), _readinessPause) is not null);

    public RunningServer Start(BenchServer server, Func<bool>? isAnswered = null)
    {
        RunningServer running = new(network, folder, server, network.ServerProcessor);
        try
        {
            if (isAnswered is not null)
                running.WaitUntil(() => OnClient(isAnswered));
            return running;
        }
        catch
        {
            running.Dispose();
            throw;
        }
    }

    public T OnClient<T>(Func<T> work) => BenchNetwork.Inside(network.Client, network.LoadProcessor, work);
}
