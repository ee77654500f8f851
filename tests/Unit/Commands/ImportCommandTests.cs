using System;
using System.Text;
using Aglet.Commands;
using Aglet.Tests.Simulation;
using Xunit;

namespace Aglet.Tests.Unit.Commands;

public sealed class ImportCommandTests
{
    private readonly SimKernel _kernel = new(1, FaultRates.None);

    [Fact]
    public void TheConfigurationIsPrintedAndWhatWasLeftOutIsToldBesideIt()
    {
        Put("/d.conf", "dhcp-range=10.0.0.100,10.0.0.200,255.255.255.0\ndhcp-option=3,10.0.0.1\ndhcp-option=6,10.0.0.1\ndhcp-script=/x\n");
        Assert.Equal(0, Run("dnsmasq", "/d.conf"));
        Assert.Contains("\"pool\": \"10.0.0.100-10.0.0.200\"", Encoding.UTF8.GetString(_kernel.Output), StringComparison.Ordinal);
        Assert.Equal(
            "/d.conf:4: dhcp-script=/x: left out: nothing is run at a lease; follow the log (--log json)\n"
            + "/d.conf: 1 network, 0 machines; 1 left out, 0 changed\n",
            _kernel.LogText);
    }

    [Theory]
    [InlineData("isc", "subnet 10.0.0.0 {", "/x:1: expected a closing brace for \"subnet 10.0.0.0\", found the end of the file\n")]
    [InlineData("isc", "subnet 10.0.0.0 netmask 255.0.255.0 { }", "/x:1: expected \"subnet ADDRESS netmask MASK\"\n")]
    [InlineData("kea", "{ \"Dhcp6\": {} }", "/x:1: expected \"Dhcp4\": { … }, as in kea-dhcp4.conf, found none\n")]
    [InlineData("kea", "{ \"Dhcp4\": ", "/x:1:")]
    [InlineData("dnsmasq", "\uFFFEx\0", "/x:1: expected text in UTF-8, found UTF-16; save the file as UTF-8\n")]
    public void WhatCannotBeReadIsCode1AndPrintsNothing(string kind, string text, string expected)
    {
        _kernel.Files.Add("/x", kind == "dnsmasq" ? Encoding.Unicode.GetPreamble() : Encoding.UTF8.GetBytes(text));
        Assert.Equal(1, Run(kind, "/x"));
        Assert.True(_kernel.Output.Length == 0);
        Assert.StartsWith(expected, _kernel.LogText, StringComparison.Ordinal);
    }

    [Fact]
    public void AMissingFileIsCode1()
    {
        Assert.Equal(1, Run("isc", "/none"));
        Assert.Equal("/none: it cannot be read: no such file\n", _kernel.LogText);
    }

    [Fact]
    public void AFileThatIsTooLongIsCode1()
    {
        _kernel.Files.Add("/big", new byte[(8 * 1024 * 1024) + 1]);
        Assert.Equal(1, Run("kea", "/big"));
        Assert.StartsWith("/big: it cannot be read: it has 8388609 bytes", _kernel.LogText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("aglet: import needs a kind and a file")]
    [InlineData("aglet: import needs a kind and a file", "isc")]
    [InlineData("aglet: import needs a kind and a file", "isc", "/a", "/b")]
    [InlineData("aglet: dnsmask: no such kind; did you mean dnsmasq?\n", "dnsmask", "/a")]
    [InlineData("aglet: --force: no such option\n", "--force", "/a")]
    public void WrongUsageIsCode2(string expected, params string[] arguments)
    {
        Assert.Equal(2, Run(arguments));
        Assert.StartsWith(expected, _kernel.LogText, StringComparison.Ordinal);
    }

    private void Put(string path, string text) => _kernel.Files.Add(path, Encoding.UTF8.GetBytes(text));

    private int Run(params string[] arguments) => ImportCommand.Run(arguments, _kernel);
}
