using System;
using System.IO;
using System.Net.Sockets;
using System.Text;
using Aglet.Linux;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Unit.Linux;

/// <summary>Against a socket as systemd has it, made by the runtime's own library.</summary>
public sealed class ServiceSocketTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhatIsSaidArrives(bool isAbstract)
    {
        string path = Path.Combine(Path.GetTempPath(), $"aglet-notify-{Guid.NewGuid():N}");
        using Socket manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + path : path));
        manager.ReceiveTimeout = 20_000;
        ServiceSocket service = new(isAbstract ? "@" + path : path, null, null);
        service.Send("READY=1"u8);
        service.Send("STOPPING=1"u8);
        byte[] received = new byte[100];
        Assert.Equal("READY=1", Encoding.ASCII.GetString(received, 0, manager.Receive(received)));
        Assert.Equal("STOPPING=1", Encoding.ASCII.GetString(received, 0, manager.Receive(received)));
        service.Close();
        if (!isAbstract) File.Delete(path);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("relative")]
    [InlineData("vsock:2:1234")]
    [InlineData("/nowhere/notify")]
    public void NobodyListeningIsNoFailure(string? name)
    {
        ServiceSocket service = new(name, null, null);
        service.Send("READY=1"u8);
        service.Close();
    }

    [Fact]
    public void APathTooLongForTheKernelIsNone()
    {
        ServiceSocket service = new("/" + new string('x', 108), "1000", null);
        service.Send("READY=1"u8);
        Assert.Equal(Duration.Zero, service.WatchdogPeriod);
    }

    [Theory]
    [InlineData("30000000", null, 30)]
    [InlineData("30000000", "us", 30)]
    [InlineData("30000000", "1", 0)]
    [InlineData("0", null, 0)]
    [InlineData("soon", null, 0)]
    [InlineData("-1", null, 0)]
    [InlineData(null, null, 0)]
    public void TheWatchdogIsOursWhenItSaysSo(string? period, string? process, int seconds)
    {
        string? watched = process == "us" ? Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture) : process;
        ServiceSocket service = new("/nowhere/notify", period, watched);
        Assert.Equal(Duration.FromSeconds(seconds), service.WatchdogPeriod);
        service.Close();
    }
}
