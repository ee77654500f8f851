using System;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Net;
using Xunit;
using static Aglet.Tests.Unit.Boot.BootFixture;

namespace Aglet.Tests.Unit.Boot;

/// <summary>An answer file is for its machine, in the boot that was just seen; every other way to it is refused by name.</summary>
public sealed class AnswerSecrecyTests
{
    [Fact]
    public void EveryScriptOfABootShowsTheSameTokenAndTheNextBootAnother()
    {
        InstallWorld world = new();
        string token = world.Boot(Node1, Address1);
        Assert.Equal(BootToken.TextBytes, token.Length);
        Assert.Equal(token, InstallWorld.TokenOf(world.Script(Node1, Address1)));
        world.Pass(300);
        world.Offer(Node1, Address1, BootStage.Ipxe); // its script runs "dhcp" again
        Assert.Equal(token, InstallWorld.TokenOf(world.Script(Node1, Address1)));
        Assert.Equal(ContentStatus.Found, world.Ask(token, Address1));
        Assert.Equal(ContentStatus.Found, world.Ask(token, Address1));
        world.Pass(5);
        Assert.NotEqual(token, world.Boot(Node1, Address1));
    }

    /// <summary>autoexec.ipxe has the token before iPXE asks DHCP, with a DISCOVER and a REQUEST.</summary>
    [Fact]
    public void WhatAutoexecSaysHoldsWhenIpxeThenAsksDhcp()
    {
        InstallWorld world = new();
        world.Offer(Node1, Address1);
        string token = InstallWorld.TokenOf(world.Script(Node1, Address1));
        world.Offer(Node1, Address1, BootStage.Ipxe);
        world.Offer(Node1, Address1, BootStage.Ipxe);
        Assert.Equal(ContentStatus.Found, world.Ask(token, Address1));
    }

    [Fact]
    public void ARepeatedDiscoverIsTheSameBootAndALaterOneIsNot()
    {
        InstallWorld world = new();
        string token = world.Boot(Node1, Address1);
        world.Pass(30);
        world.Offer(Node2, Address9);
        Assert.Equal(token, InstallWorld.TokenOf(world.Script(Node1, Address1)));
        world.Offer(Node1, Address1); // the firmware again, after iPXE
        Assert.NotEqual(token, InstallWorld.TokenOf(world.Script(Node1, Address1)));
    }

    [Fact]
    public void WithoutATokenNothingIsGiven()
    {
        InstallWorld world = new();
        world.Boot(Node1, Address1);
        Assert.Equal(ContentStatus.Forbidden, world.Ask("", Address1));
        Assert.Equal(1UL, world.Refused(AnswerRefusal.NoToken));
        Assert.Contains("warning: node1: 10.0.0.11 (52:54:00:00:00:01) is refused the answer file of node1: there is no token", world.Kernel.LogText);
    }

    [Fact]
    public void WithoutABootNothingIsGiven()
    {
        InstallWorld world = new();
        Assert.Equal(ContentStatus.Forbidden, world.Ask(new string('1', 32), Address1));
        Assert.Equal(1UL, world.Refused(AnswerRefusal.NotBooted));
    }

    [Fact]
    public void AGuessedTokenIsRefused()
    {
        InstallWorld world = new();
        string token = world.Boot(Node1, Address1);
        string other = token[..31] + (token[31] == '0' ? '1' : '0');
        Assert.Equal(ContentStatus.Forbidden, world.Ask(other, Address1));
        Assert.Equal(1UL, world.Refused(AnswerRefusal.WrongToken));
        Assert.Equal(ContentStatus.Found, world.Ask(token.ToUpperInvariant(), Address1));
    }

    [Fact]
    public void AReplayedTokenIsRefusedAfterANewBoot()
    {
        InstallWorld world = new();
        string token = world.Boot(Node1, Address1);
        Assert.Equal(ContentStatus.Found, world.Ask(token, Address1));
        world.Offer(Node1, Address1); // not even its script was read yet
        Assert.Equal(ContentStatus.Forbidden, world.Ask(token, Address1));
        world.Boot(Node1, Address1);
        Assert.Equal(ContentStatus.Forbidden, world.Ask(token, Address1));
        Assert.Equal(2UL, world.Refused(AnswerRefusal.EarlierToken));
    }

    [Fact]
    public void AnotherMachineIsRefusedThoughItHasTheToken()
    {
        InstallWorld world = new();
        string token = world.Boot(Node1, Address1);
        world.Boot(Stranger, Address9);
        Assert.Equal(ContentStatus.Forbidden, world.Ask(token, Address9));
        Assert.Equal(ContentStatus.Forbidden, world.Ask(token, Address9, Node1));
        Assert.Equal(2UL, world.Refused(AnswerRefusal.OtherMachine));
        Assert.Contains(
            "10.0.0.109 (52:54:00:00:00:99, says it is 52:54:00:00:00:01) is refused the answer file of node1", world.Kernel.LogText);
    }

    /// <summary>Of a stranger with an address of its own choice there is only that to tell.</summary>
    [Fact]
    public void AnEventTellsOnlyWhatIsKnown()
    {
        InstallWorld world = new();
        world.Boot(Node1, Address1);
        Assert.Equal(ContentStatus.Forbidden, world.Ask(new string('5', 32), Address9));
        Assert.Contains("10.0.0.109 is refused the answer file of node1: the token is wrong", world.Kernel.LogText);
    }

    [Fact]
    public void AFalseHeaderIsRefused()
    {
        InstallWorld world = new();
        string token = world.Boot(Node1, Address1);
        Assert.Equal(ContentStatus.Forbidden, world.Ask(token, Address1, Node2));
        Assert.Equal(ContentStatus.Forbidden, world.Ask(token, Address1, Node1, "SN2"));
        Assert.Equal(2UL, world.Refused(AnswerRefusal.FalseHeader));
        Assert.Equal(ContentStatus.Found, world.Ask(token, Address1, Node1, "SN1"));
    }

    [Fact]
    public void ALateRequestIsRefused()
    {
        InstallWorld world = new();
        string token = world.Boot(Node1, Address1);
        world.Pass(InstallWatch.AnswerTime.WholeSeconds - 1);
        Assert.Equal(ContentStatus.Found, world.Ask(token, Address1));
        world.Pass(1);
        Assert.Equal(ContentStatus.Forbidden, world.Ask(token, Address1));
        Assert.Equal(1UL, world.Refused(AnswerRefusal.Late));
    }

    [Fact]
    public void AfterTheInstallNothingIsGiven()
    {
        InstallWorld world = new(InstallWorld.Once with { Machines = [Rack.Machines[0]] }); // also when it is installed each time
        string token = world.Boot(Node1, Address1);
        Assert.Equal(ContentStatus.Found, world.Ask(token, Address1));
        Assert.Equal(ContentStatus.Found, world.Done(token, Address1));
        Assert.Equal(ContentStatus.Forbidden, world.Ask(token, Address1));
        Assert.Equal(1UL, world.Refused(AnswerRefusal.InstallDone));
        string next = world.Boot(Node1, Address1);
        Assert.Equal(ContentStatus.Found, world.Ask(next, Address1));
    }

    [Fact]
    public void AScriptTellsItsTokenToItsMachineOnly()
    {
        InstallWorld world = new();
        world.Boot(Node1, Address1);
        world.Offer(Stranger, Address9, BootStage.System, 1); // as any computer of the network does
        Assert.Equal("", InstallWorld.TokenOf(world.Script(Node1, Address9)));
        Assert.Equal("", InstallWorld.TokenOf(world.Script(Node1, Ip("10.0.0.200")))); // an address that nobody was given
    }

    [Fact]
    public void BesideAnotherServerAnUnknownAddressIsTheMachinesUntilItsOwnIsHeard()
    {
        InstallWorld world = new(InstallWorld.Once with { DhcpMode = DhcpMode.Proxy });
        world.Planner.Offer(world.Kernel.Now(), Firmware(Node1, "x64-uefi"), OurAddress);
        Assert.NotEqual("", InstallWorld.TokenOf(world.Script(Node1, Ip("10.0.0.200"))));
        world.Planner.Bind(Node1, Address1);
        Assert.Equal("", InstallWorld.TokenOf(world.Script(Node1, Ip("10.0.0.200"))));
        Assert.NotEqual("", InstallWorld.TokenOf(world.Script(Node1, Address1)));
    }

    [Fact]
    public void WithoutDhcpTheScriptBeginsTheBoot()
    {
        InstallWorld world = new(InstallWorld.Once with { DhcpMode = DhcpMode.Off });
        string token = InstallWorld.TokenOf(world.Script(Node1, Address9));
        Assert.NotEqual("", token);
        Assert.Equal(token, InstallWorld.TokenOf(world.Script(Node1, Address9)));
        Assert.Equal(ContentStatus.Found, world.Ask(token, Address9));
        Assert.NotEqual(token, InstallWorld.TokenOf(world.Script(Node1, Address9))); // it booted again
        Assert.Equal(ContentStatus.Forbidden, world.Ask(token, Address9));
    }

    [Fact]
    public void AnOpenImageIsForEverybody()
    {
        Settings open = InstallWorld.Once with { Images = [InstallWorld.Once.Images[0] with { IsOpen = true }, Rack.Images[1], Rack.Images[2]] };
        InstallWorld world = new(open);
        Assert.Equal("", world.Boot(Node1, Address1));
        Assert.Equal(ContentStatus.Found, world.Ask("", Address9, out string others));
        Assert.Contains("/_/done/unknown\n", others);
        Assert.Equal(ContentStatus.Found, world.Ask("", Address1, out string own));
        Assert.DoesNotContain("unknown", own);
        Assert.Equal(ContentStatus.Found, world.Done(own.Trim()[^32..], Address1));
    }

    [Fact]
    public void NoLineOfTheLogHasASecret()
    {
        InstallWorld world = new();
        string token = world.Boot(Node1, Address1);
        world.Ask(token, Address1, out string answer);
        Assert.Contains("$6$node1", answer);
        world.Ask(token, Address9);
        world.Done(token, Address9);
        world.Done(token, Address1);
        world.Ask(token, Address1);
        world.Boot(Node1, Address1);
        world.Ask(token, Address1);
        Assert.Contains("reports that its install is done", world.Kernel.LogText);
        Assert.DoesNotContain(token, world.Kernel.LogText, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("$6$", world.Kernel.LogText, StringComparison.Ordinal);
    }

    [Fact]
    public void AFloodOfRefusalsIsCounted()
    {
        InstallWorld world = new();
        world.Boot(Node1, Address1);
        long before = world.Kernel.LogLines;
        for (int i = 0; i < 1000; i++) world.Ask("", Address1);
        Assert.Equal(10, world.Kernel.LogLines - before);
        world.Pass(1);
        world.Ask("", Address1);
        Assert.Contains("990 more refusals of answer files left out", world.Kernel.LogText);
    }

    [Theory]
    [InlineData("/_/answer/52-54-00-00-00-01/0123456789abcdef0123456789abcdef/d/preseed.cfg", "/_/answer/52-54-00-00-00-01/.../d/preseed.cfg")]
    [InlineData("_/done/0123456789ABCDEF0123456789abcdef", "_/done/...")]
    [InlineData("/_/done/%30123456789abcdef0123456789abcde%66", "/_/done/...")]
    [InlineData("/%5f%2fdone/0123456789abcdef0123456789abcdef?x", "/_/done/...?x")]
    [InlineData("/_//done/./0123456789abcdef0123456789abcdef", "/_//done/./...")]
    [InlineData("/_\\done\\0123456789abcdef0123456789abcdef", "/_\\done\\...")]
    [InlineData("/repodata/0123456789abcdef0123456789abcdef.xml", "/repodata/0123456789abcdef0123456789abcdef.xml")]
    [InlineData("/_/ipxe/52-54-00-00-00-01/boot.ipxe", "/_/ipxe/52-54-00-00-00-01/boot.ipxe")]
    public void PathsAreLoggedWithoutTokens(string path, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(SecretPath.Mask(Utf8(path), new byte[256])));

    [Fact]
    public void ALongPathIsCutAndNeverShowsPartOfAToken()
    {
        string token = "0123456789abcdef0123456789abcdef";
        for (int length = 0; length < 1200; length++)
        {
            byte[] path = Utf8("/_/done/" + new string('x', length) + "/" + token);
            string shown = Encoding.UTF8.GetString(SecretPath.Mask(path, new byte[256]));
            Assert.True(shown.Length <= 256);
            Assert.DoesNotContain("0123456789", shown, StringComparison.Ordinal);
        }
    }
}
