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
    public void KeptLinesLeaveTogether()
    {
        ErrorStream stream = new((int)_reader.ClientSafePipeHandle.DangerousGetHandle(), keeps: true);
        StringBuilder expected = new();
        for (int i = 0; i < 5000; i++)
        {
            string line = $"{i} {new string('x', i % 97)}\n";
            expected.Append(line);
            stream.Write(Encoding.ASCII.GetBytes(line));
            if (i % 50 == 0) Drain();
        }

        stream.Flush();
        stream.Flush();
        Drain();
        Assert.Equal(expected.ToString(), _drained.ToString());
        Assert.Equal(0, stream.TakeLost());
    }

    /// <summary>Every line is either read or counted, and none is cut.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void LostLinesAreCounted(bool keeps)
    {
        ErrorStream stream = new((int)_reader.ClientSafePipeHandle.DangerousGetHandle(), keeps);
        byte[] line = Encoding.ASCII.GetBytes(new string('x', 150) + "\n");
        for (int i = 0; i < 2000; i++) stream.Write(line);
        stream.Flush();
        long lost = stream.TakeLost();
        Assert.InRange(lost, 2000 - (65536 / 151) - 1, 2000 - (60000 / 151));
        Assert.Equal(0, stream.TakeLost());
        Drain();
        string[] read = _drained.ToString().Split('\n')[..^1];
        Assert.Equal(2000 - lost, read.Length);
        Assert.All(read, one => Assert.Equal(150, one.Length));
        stream.Write("after\n"u8);
        stream.Flush();
        Drain();
        Assert.EndsWith("x\nafter\n", _drained.ToString(), StringComparison.Ordinal);
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

    private readonly StringBuilder _drained = new();

    /// <summary>Reads what is there, and does not wait for more.</summary>
    private void Drain()
    {
        byte[] room = new byte[1 << 20];
        int handle = (int)_reader.SafePipeHandle.DangerousGetHandle();
        while (TestSockets.IsReadable(handle)) _drained.Append(Encoding.ASCII.GetString(room, 0, _reader.Read(room)));
    }

    private string[] ReadLines()
    {
        _reader.DisposeLocalCopyOfClientHandle();
        using StreamReader text = new(_reader);
        return text.ReadToEnd().Split('\n')[..^1];
    }
}
