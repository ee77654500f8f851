using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Aglet.Tests.Bench;

/// <summary>What a storm of booting machines is.</summary>
/// <param name="Machines">How many press their power buttons in the same moment.</param>
/// <param name="BootBytes">The length of the boot program, which comes by TFTP.</param>
/// <param name="ImageBytes">The length of the initrd, which comes by HTTP.</param>
internal sealed record StormDemand(int Machines, long BootBytes, long ImageBytes)
{
    /// <summary>A hall of machines.</summary>
    public static StormDemand Full { get; } = new(500, 1_000_000, 40_000_000);

    /// <summary>A room of them.</summary>
    public static StormDemand Small { get; } = new(100, 1_000_000, 10_000_000);

    /// <summary><c>full</c>, <c>small</c>, or machines and megabytes of their images, as in <c>300x5</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out StormDemand? demand)
    {
        string[] words = text.Split('x');
        demand = text switch
        {
            "full" => Full,
            "small" => Small,
            _ when words.Length == 2 && int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out int machines)
                && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int megabytes)
                && machines is > 0 and <= 1000 && megabytes is > 0 and <= 1000 => new(machines, 1_000_000, megabytes * 1_000_000L),
            _ => null,
        };
        return demand is not null;
    }

    /// <summary>What must stand in the answer file; <c>{mac}</c> is the machine's.</summary>
    public string AnswerMark { get; init; } = "";

    /// <summary>Kernel of each image.</summary>
    public long KernelBytes { get; init; } = BenchFolder.SmallBytes;

    /// <summary>The TFTP window that a machine asks for; 1: as EDK2 and most ROMs do, none.</summary>
    public int Window { get; init; } = 1;

    /// <summary>Who is not done then has failed.</summary>
    public double LimitSeconds { get; init; } = 900;

    /// <summary>
    /// What a link of so many bits a second needs for the two files of each machine, every frame full: headers of Ethernet,
    /// IP, UDP or TCP with time stamps counted, all else not.
    /// </summary>
    public double LinkSeconds(double bitsPerSecond)
        => Machines * ((BootBytes * 1514.0 / 1468) + (ImageBytes * 1514.0 / 1448)) * 8 / bitsPerSecond;
}

/// <summary>How it went.</summary>
/// <param name="Finished">Machines that have every byte.</param>
/// <param name="Failures">What became of the others, each with its name.</param>
/// <param name="Seconds">From the first DISCOVER to the last byte of the last machine.</param>
/// <param name="ProcessorSeconds">Of the load itself.</param>
/// <param name="MachineSeconds">Of each machine that finished, sorted.</param>
/// <param name="OfferMilliseconds">DISCOVER to OFFER of bystanders throughout the storm, sorted.</param>
/// <param name="MachineOfferMilliseconds">The same of the machines themselves, which all ask at once, sorted.</param>
/// <param name="DhcpRepeats">Messages that machines had to repeat.</param>
/// <param name="TftpTimeouts">Times that a machine heard nothing and repeated itself.</param>
/// <param name="OffersMissed">Bystanders that had no OFFER within a second.</param>
internal sealed record StormOutcome(
    int Finished, IReadOnlyList<string> Failures, double Seconds, double ProcessorSeconds, IReadOnlyList<double> MachineSeconds,
    IReadOnlyList<double> OfferMilliseconds, IReadOnlyList<double> MachineOfferMilliseconds,
    int DhcpRepeats, int TftpTimeouts, int OffersMissed)
{
    /// <summary>The value below which so large a part lies; 0 of nothing.</summary>
    public static double At(IReadOnlyList<double> sorted, double part)
        => sorted.Count == 0 ? 0 : sorted[(int)((sorted.Count - 1) * part)];
}
