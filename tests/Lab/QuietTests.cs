using System;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>Beside a router nothing leaves the appliance that nobody asked for, whatever the network lets it hear.</summary>
[Trait("Category", "Lab")]
public sealed class QuietTests
{
    [Fact]
    public void NothingIsSentUnasked() => LabSession.Run("quiet", lab =>
    {
        lab.FillTree();
        lab.Own(new PlainDhcpServer(lab.Network.Dhcp, lab.Folder));
        lab.Serve(LabConfig.WithoutReservation(LabConfig.For(LabConfig.Guest(), LabConfig.ProxyMode, unknown: "menu")));
        lab.Appliance!.WaitFor("ready", TimeSpan.FromSeconds(20));

        // An ordinary client gets its address from the other server meanwhile: not our business.
        string heard = Listen(lab, "busybox udhcpc -i eth0 -n -q -s /bin/true");
        Assert.Contains("\n0 packets captured", "\n" + heard, StringComparison.Ordinal);

        // The same ears hear what it sends when it is asked.
        lab.GiveClientAddress();
        heard = Listen(lab, $"curl -sS -o /dev/null http://{LabNetwork.ServerAddress}/pxelinux.0");
        Assert.DoesNotContain("\n0 packets captured", "\n" + heard, StringComparison.Ordinal);
    });

    /// <summary>What the appliance's card sends for three seconds, while a client does something.</summary>
    private static string Listen(LabSession lab, string clientCommand) =>
        LabProcess.Run(lab.Network.Bridge, TimeSpan.FromSeconds(30), [
            "sh", "-c",
            $"timeout -s INT 3 tcpdump -i br0 -n -p ether src {LabNetwork.ServerMac} & "
            + $"sleep 1; ip netns exec {lab.Network.Client} {clientCommand}; wait",
        ]).OrThrow("tcpdump").Output;
}
