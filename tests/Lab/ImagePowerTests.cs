using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Threading;
using Xunit;
using Xunit.Abstractions;

namespace Aglet.Tests.Lab;

/// <summary>
/// The appliance's power is cut at random moments: its machine is killed. AGLET_POWER_CUTS says how often;
/// <c>make test-power</c> does it 30 times.
/// </summary>
/// <remarks>
/// What the guest had not handed to its disk is lost with it, as with real power; its disk writes through, so what a
/// disk's own volatile cache would lose is not part of this.
/// </remarks>
[Trait("Category", "Lab")]
public sealed class ImagePowerTests(ITestOutputHelper output)
{
    private const string Config = """
        { "network": { "address": "10.0.0.1/24" }, "tree": "/srv/boot", "state": "/var/lib/aglet",
          "dhcp": { "mode": "server", "lease": "1h", "pool": "10.0.0.20-10.0.0.250" } }
        """;

    private readonly Random _random = new(20_260_101);

    private static int Cuts =>
        int.TryParse(Environment.GetEnvironmentVariable("AGLET_POWER_CUTS"), CultureInfo.InvariantCulture, out int count) ? count : 3;

    /// <summary>Two cuts in three come while machines take leases, the third while it starts.</summary>
    [Fact]
    public void NoAcknowledgedLeaseIsLostWhenThePowerIsCut() => LabSession.Run("image-power", lab =>
    {
        ImageProof.MakeRoom(lab);
        lab.GiveClientAddress();
        using ImageDisk disk = new(lab.Folder, "x64");
        disk.Configure(Config);
        // The same configuration where this machine can read the journal.
        string config = Path.Combine(lab.Folder, "here.json");
        File.WriteAllText(config, Config.Replace("/srv/boot", "tree", StringComparison.Ordinal)
            .Replace("/var/lib/aglet", "state", StringComparison.Ordinal));
        Directory.CreateDirectory(lab.Tree);

        using RelayedCrowd crowd = new(lab, "10.0.0.5", machines: 180) { GivesBack = true };
        TimeSpan start = TimeSpan.FromSeconds(5);
        for (int cut = 0; cut < Cuts; cut++)
        {
            using (VirtualMachine appliance = ImageProof.Start(lab, disk, Firmware.Bios, megabytes: 128))
            {
                if (cut % 3 == 2)
                {
                    Thread.Sleep(start * _random.NextDouble());
                }
                else
                {
                    start = WaitUntilReady(appliance);
                    crowd.Boot(acknowledgments: 1, ImageProof.Limit);
                    crowd.Boot(TimeSpan.FromMilliseconds(_random.Next(3000)));
                }
            }

            crowd.TakeTheRest();
            disk.TakeState();
            if (crowd.Leases.Count > 0)
                crowd.Leases.CheckAgainstJournal($"cut {cut}", config);
        }

        using VirtualMachine last = ImageProof.Start(lab, disk, Firmware.Bios, megabytes: 128);
        WaitUntilReady(last);
        int messages = crowd.Leases.Messages;
        crowd.Boot(20, ImageProof.Limit);
        output.WriteLine($"{Cuts} cuts, {messages} acknowledgments before, {crowd.Leases.Count} leases at the end");
        Assert.True(messages > Cuts * 5, $"only {messages} acknowledgments");
    });

    private static TimeSpan WaitUntilReady(VirtualMachine appliance)
    {
        var watch = Stopwatch.StartNew();
        appliance.WaitFor("ready", ImageProof.Limit);
        return watch.Elapsed;
    }
}
