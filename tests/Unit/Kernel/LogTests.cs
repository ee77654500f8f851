using System;
using System.Text;
using System.Text.Json;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Tests.Simulation;
using Xunit;

namespace Aglet.Tests.Unit.Kernel;

public sealed class LogTests
{
    private readonly SimKernel _kernel = new(1, FaultRates.None);

    [Fact]
    public void PlainLineIsForAPerson()
    {
        Log log = new(_kernel);
        Ipv4Address address = new(0x0A00000B);
        log.Write(LogLevel.Info, "dhcp-offer"u8, "node1"u8, $"offers {address} for {3600} s");
        Assert.Equal("15:06:41 node1: offers 10.0.0.11 for 3600 s\n", _kernel.LogText);
    }

    [Fact]
    public void LinesLeaveAtTheEndOfATurnAndErrorsAtOnce()
    {
        Log log = new(_kernel);
        log.Write(LogLevel.Warning, "a"u8, default(ReadOnlySpan<byte>), $"later");
        Assert.Equal(0, _kernel.LogFlushes);
        log.Write(LogLevel.Error, "a"u8, default(ReadOnlySpan<byte>), $"now");
        Assert.Equal(1, _kernel.LogFlushes);
        log.Flush();
        Assert.Equal(1, _kernel.LogFlushes);
        Assert.Equal(2, _kernel.LogLines);
    }

    [Fact]
    public void LostLinesAreCountedInALine()
    {
        Log log = new(_kernel);
        log.Write(LogLevel.Info, "a"u8, default(ReadOnlySpan<byte>), $"line");
        _kernel.LostLines = 17;
        log.Flush();
        log.Flush();
        Assert.Equal(
            "15:06:41 line\n15:06:41 warning: 17 lines of this log were lost: whoever reads it (standard error) is too slow\n", _kernel.LogText);
    }

    [Fact]
    public void LevelsAreSaidOnlyWhenTheyMatter()
    {
        Log log = new(_kernel);
        log.Write(LogLevel.Debug, "a"u8, default(ReadOnlySpan<byte>), $"unseen");
        log.Write(LogLevel.Warning, "a"u8, default(ReadOnlySpan<byte>), $"seen");
        log.Write(LogLevel.Error, "a"u8, "node1"u8, $"seen");
        Assert.Equal("15:06:41 warning: seen\n15:06:41 error: node1: seen\n", _kernel.LogText);
        Assert.Equal(2, _kernel.LogLines);
    }

    [Fact]
    public void MachineWithoutANameIsItsAddress()
    {
        Log log = new(_kernel);
        log.Write(LogLevel.Info, "a"u8, HardwareAddress.Read([0x52, 0x54, 0, 0x12, 0x34, 0x56]), $"asks");
        Assert.Equal("15:06:41 52:54:00:12:34:56: asks\n", _kernel.LogText);
    }

    [Fact]
    public void HostileBytesCannotForgeALineOrATerminalSequence()
    {
        Log log = new(_kernel);
        ReadOnlySpan<byte> hostile = "a\r\n15:00:00 b\u001b[2J\\x\"é\0"u8;
        log.Write(LogLevel.Info, "tftp"u8, "n"u8, $"asks for {hostile}");
        Assert.Equal(
            "15:06:41 n: asks for a\\x0d\\x0a15:00:00 b\\x1b[2J\\x5cx\"\\xc3\\xa9\\x00\n", _kernel.LogText);
    }

    [Fact]
    public void JsonLineIsJson()
    {
        Log log = new(_kernel, json: true);
        ReadOnlySpan<byte> hostile = "x\"\\\n\u001bé"u8;
        log.Write(LogLevel.Warning, "tftp-request"u8, "node \"1\""u8, $"asks for {hostile} and {"ü\t"}");
        using JsonDocument line = JsonDocument.Parse(_kernel.LogText);
        Assert.Equal(1_750_000_001, line.RootElement.GetProperty("time").GetInt64());
        Assert.Equal("warning", line.RootElement.GetProperty("level").GetString());
        Assert.Equal("tftp-request", line.RootElement.GetProperty("event").GetString());
        Assert.Equal("node \"1\"", line.RootElement.GetProperty("machine").GetString());
        Assert.Equal(
            "asks for x\"\\x5c\\x0a\\x1b\\xc3\\xa9 and ü\t", line.RootElement.GetProperty("message").GetString());
    }

    /// <summary>Whatever bytes come, a line stays one line and valid JSON, with the machine absent when there is none.</summary>
    [Fact]
    public void RandomBytesGiveOneJsonLineEach()
    {
        Prng prng = new(6);
        Log log = new(_kernel, json: true);
        byte[] bytes = new byte[1500];
        for (int round = 0; round < 300; round++)
        {
            for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)(prng.Next() & 255);
            ReadOnlySpan<byte> peer = bytes.AsSpan(0, prng.Below(bytes.Length));
            log.Write(LogLevel.Info, "e"u8, default(ReadOnlySpan<byte>), $"{peer}");
        }

        string[] lines = _kernel.LogText.TrimEnd('\n').Split('\n');
        Assert.Equal(300, lines.Length);
        foreach (string line in lines)
        {
            using JsonDocument document = JsonDocument.Parse(line);
            Assert.False(document.RootElement.TryGetProperty("machine", out _));
        }
    }

    [Fact]
    public void LongLineIsCutNotLost()
    {
        Log log = new(_kernel);
        byte[] bytes = new byte[5000];
        bytes.AsSpan().Fill(0xFF);
        log.Write(LogLevel.Info, "e"u8, "node1"u8, $"asks for {bytes}");
        Assert.StartsWith("15:06:41 node1: asks for \\xff\\xff", _kernel.LogText, StringComparison.Ordinal);
        Assert.EndsWith("\\xff\n", _kernel.LogText, StringComparison.Ordinal);
        Assert.InRange(_kernel.LogText.Length, Limits.LogLineBytes - 50, Limits.LogLineBytes + 50);
    }

    [Fact]
    public void LoggingAllocatesNothing()
    {
        Log log = new(_kernel);
        AllocationMeter meter = new(_kernel);
        for (int round = 0; round < 3; round++)
        {
            meter.Start();
            Say(log, round);
            long bytes = meter.Stop();
            if (round > 0) Assert.Equal(0, bytes);
        }
    }

    private static void Say(Log log, int number)
    {
        Ipv4Address address = new(0x0A00000B);
        log.Write(LogLevel.Info, "e"u8, HardwareAddress.Read([1, 2, 3, 4, 5, 6]), $"{address} {number} {"text"} {"bytes"u8}");
    }
}
