using System;
using System.Collections.Generic;
using System.Diagnostics;
using Aglet.Kernel;
using Aglet.Linux;
using Aglet.Tests.Lab;
using Aglet.Time;

namespace Aglet.Tests.Bench;

/// <summary>What a load of downloads came to.</summary>
/// <param name="Bytes">Received and compared.</param>
/// <param name="Seconds">From the first request to the last byte.</param>
/// <param name="Window">What the server agreed to.</param>
/// <param name="Gaps">Blocks that were missing.</param>
/// <param name="Timeouts">Times that a client had to repeat itself.</param>
/// <param name="ProcessorSeconds">Of the load itself: near to <paramref name="Seconds"/> it was the limit, not the server.</param>
internal sealed record TftpOutcome(long Bytes, double Seconds, int Window, int Gaps, int Timeouts, double ProcessorSeconds)
{
    /// <summary>Files that came whole.</summary>
    public int Files { get; init; }

    /// <summary>The last file was given up: it took longer than was allowed.</summary>
    public bool IsCut { get; init; }

    public double MegabytesPerSecond => Bytes / Seconds / 1e6;
}

/// <summary>TFTP clients, all in the calling thread.</summary>
internal static class TftpLoad
{
    private static readonly TimeSpan _timeout = TimeSpan.FromMilliseconds(300);

    /// <summary>Fetches a file again and again for at least so long; always whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="length">Its length.</param>
    /// <param name="window">windowsize to ask for.</param>
    /// <param name="seconds">No new one is begun after that.</param>
    /// <param name="patience">How long a client hears nothing before it repeats itself.</param>
    /// <param name="limitSeconds">What is not there then is given up.</param>
    public static TftpOutcome One(
        string path, long length, int window, double seconds, TimeSpan? patience = null, double limitSeconds = 120)
    {
        using ReceiveBatch batch = new();
        double before = BenchNative.ThreadSeconds();
        Stopwatch watch = Stopwatch.StartNew();
        long bytes = 0;
        int agreed = 0;
        int gaps = 0;
        int timeouts = 0;
        int files = 0;
        bool isCut = false;
        do
        {
            using TftpDownload download = new(batch, path, length, 1468, window, patience ?? _timeout);
            download.Begin();
            while (!download.IsDone && !isCut)
            {
                isCut = watch.Elapsed.TotalSeconds > limitSeconds;
                if (!download.Receive(BenchNative.MSG_WAITFORONE))
                    download.OnTimeout();
            }
            bytes += download.Received;
            gaps += download.Gaps;
            timeouts += download.Timeouts;
            agreed = download.Window;
            files += isCut ? 0 : 1;
        }
        while (watch.Elapsed.TotalSeconds < seconds);
        return new(bytes, watch.Elapsed.TotalSeconds, agreed, gaps, timeouts, BenchNative.ThreadSeconds() - before)
        {
            Files = files,
            IsCut = isCut,
        };
    }

    /// <summary>Many clients at once, each with the same file; ends when the last has it.</summary>
    /// <param name="clients">How many.</param>
    /// <param name="path">The file.</param>
    /// <param name="length">Its length.</param>
    /// <param name="onHalfway">Called once while all are under way.</param>
    /// <param name="window">windowsize that each asks for.</param>
    public static TftpOutcome Many(int clients, string path, long length, Action onHalfway, int window = 1)
    {
        using ReceiveBatch batch = new();
        List<TftpDownload> downloads = [];
        EpollSet ready = new();
        try
        {
            for (int i = 0; i < clients; i++)
            {
                downloads.Add(new(batch, path, length, 1468, window, _timeout));
                if (ready.Watch(downloads[i].Socket, (ulong)i, Readiness.Readable).IsError)
                    throw new LabException("epoll refuses a socket");
            }
            return Run(downloads, ready, length, onHalfway);
        }
        finally
        {
            ready.Close();
            foreach (TftpDownload download in downloads)
                download.Dispose();
        }
    }

    private static TftpOutcome Run(List<TftpDownload> downloads, EpollSet ready, long length, Action onHalfway)
    {
        long half = downloads.Count * length / 2;
        double before = BenchNative.ThreadSeconds();
        Stopwatch watch = Stopwatch.StartNew();
        long[] heard = new long[downloads.Count];
        foreach (TftpDownload download in downloads)
            download.Begin();
        int left = downloads.Count;
        long nextCheck = 0;
        bool isPastHalf = false;
        while (left > 0)
        {
            int count = ready.Wait(128, Duration.FromMilliseconds(50));
            long now = watch.ElapsedMilliseconds;
            for (int i = 0; i < count; i++)
            {
                int index = (int)ready.Event(i, out _);
                TftpDownload download = downloads[index];
                if (!download.Receive(BenchNative.MSG_DONTWAIT))
                    continue;
                heard[index] = now;
                if (download.IsDone)
                    left--;
            }
            if (now < nextCheck)
                continue;
            nextCheck = now + 50;
            long received = 0;
            for (int i = 0; i < downloads.Count; i++)
            {
                received += downloads[i].Received;
                if (downloads[i].IsDone || now - heard[i] < _timeout.TotalMilliseconds)
                    continue;
                heard[i] = now;
                downloads[i].OnTimeout();
            }
            if (isPastHalf || received < half)
                continue;
            isPastHalf = true;
            onHalfway();
        }
        double seconds = watch.Elapsed.TotalSeconds;
        double load = BenchNative.ThreadSeconds() - before;
        long bytes = 0;
        int gaps = 0;
        int timeouts = 0;
        foreach (TftpDownload download in downloads)
        {
            bytes += download.Received;
            gaps += download.Gaps;
            timeouts += download.Timeouts;
        }
        return new(bytes, seconds, downloads[0].Window, gaps, timeouts, load);
    }
}
