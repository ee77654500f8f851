using System;
using System.IO;
using System.IO.Pipes;
using System.Linq;
using System.Text;
using Aglet.Linux;
using Xunit;

namespace Aglet.Tests.Unit.Linux;

public sealed class ErrorStreamTests : IDisposable
{
    private readonly AnonymousPipeServerStream _reader = new(PipeDirection.In);
    private readonly ErrorStream _stream;

    public ErrorStreamTests() =>
        _stream = new((int)_reader.ClientSafePipeHandle.DangerousGetHandle());

    public void Dispose() => _reader.Dispose();

    [Fact]
    public void LineIsWrittenWhole()
    {
        _stream.Write("first\n"u8);
        _stream.Write(Encoding.ASCII.GetBytes(new string('x', 9000) + "\n"));
        Assert.Equal(["first", new string('x', 9000)], ReadLines());
    }

    /// <summary>A write of more than the pipe holds would sleep for ever: this test would not end.</summary>
    [Fact]
    public void ReaderThatHangsLosesLinesAndNothingElse()
    {
        byte[] line = Encoding.ASCII.GetBytes(new string('x', 1499) + "\n");
        for (int i = 0; i < 1000; i++) _stream.Write(line);

        byte[] taken = new byte[40_000];
        _reader.ReadExactly(taken);
        _stream.Write("after\n"u8);
        string[] lines = ReadLines();

        Assert.Equal("after", lines[^1]);
        Assert.InRange(lines.Length, 2, 100);
        Assert.All(lines[1..^1], one => Assert.Equal(1499, one.Length));
    }

    /// <summary>
    /// Each wait for a slow reader stops the whole server for 20 ms: with one reader that took a page now and then,
    /// 129,000 answers a second became 5,000. The clock here only sees that there are not hundreds of waits.
    /// </summary>
    [Fact]
    public void SlowReaderIsWaitedForOnce()
    {
        byte[] line = Encoding.ASCII.GetBytes(new string('x', 4095) + "\n");
        byte[] page = new byte[4096];
        for (int i = 0; i < 17; i++) _stream.Write(line);
        long began = Environment.TickCount64;
        for (int i = 0; i < 500; i++)
        {
            _reader.ReadExactly(page);
            for (int more = 0; more < 3; more++) _stream.Write(line);
        }

        Assert.InRange(Environment.TickCount64 - began, 0, 500 * 20 / 2);
    }

    [Fact]
    public void LineThatWasCutDoesNotRunIntoTheNext()
    {
        // 64 KiB fit; the line is cut somewhere in its 80 KB.
        _stream.Write(Encoding.ASCII.GetBytes(new string('y', 80_000) + "\n"));
        _reader.ReadExactly(new byte[60_000]);
        _stream.Write("after\n"u8);
        string[] lines = ReadLines();
        Assert.Equal(2, lines.Length);
        Assert.True(lines[0].All(letter => letter == 'y'));
        Assert.Equal("after", lines[1]);
    }

    [Fact]
    public void ReaderThatIsGoneKillsNobody()
    {
        using AnonymousPipeServerStream reader = new(PipeDirection.In);
        int handle = (int)reader.ClientSafePipeHandle.DangerousGetHandle();
        ErrorStream stream = new(handle);
        reader.SafePipeHandle.Close();
        stream.Write("nobody reads this\n"u8);
        stream.Write("nor this\n"u8);
        new ErrorStream(60_000).Write("nor this: the handle is closed\n"u8);
    }

    private string[] ReadLines()
    {
        _reader.DisposeLocalCopyOfClientHandle();
        using StreamReader text = new(_reader);
        return text.ReadToEnd().Split('\n')[..^1];
    }
}
