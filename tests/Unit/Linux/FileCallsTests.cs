using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using Aglet.Kernel;
using Aglet.Linux;
using Xunit;

namespace Aglet.Tests.Unit.Linux;

public sealed class FileCallsTests : IDisposable
{
    private readonly LinuxKernel _kernel = new(takesSignals: false);
    private readonly string _folder = Directory.CreateTempSubdirectory("aglet-files-").FullName;

    public void Dispose()
    {
        _kernel.Dispose();

        // The BCL does not find names that are not UTF-8, and so cannot remove them.
        Run("rm", "-r", _folder);
    }

    [Fact]
    public void ReadEndsWhereTheFileEnds()
    {
        byte[] content = TestSockets.Pattern(10_000);
        int file = Open(content);
        byte[] target = new byte[4096];

        Assert.Equal(4096, TestSockets.Ok(_kernel.ReadAt(file, target, 100)));
        Assert.Equal(content.AsSpan(100, 4096), target.AsSpan());
        Assert.Equal(50, TestSockets.Ok(_kernel.ReadAt(file, target, 9_950)));
        Assert.Equal(content.AsSpan(9_950), target.AsSpan(0, 50));
        Assert.Equal(0, TestSockets.Ok(_kernel.ReadAt(file, target, 10_000)));
        Assert.Equal(0, TestSockets.Ok(_kernel.ReadAt(file, [], 0)));
        Assert.Equal(LibcConstants.EINVAL, _kernel.ReadAt(file, target, -1).Errno);
        _kernel.Close(file);
    }

    [Fact]
    public void AStateFileIsWrittenCutAndRenamed()
    {
        byte[] folder = Encoding.UTF8.GetBytes(_folder);
        int locked = TestSockets.Ok(_kernel.LockFolder(folder));
        byte[] path = Encoding.UTF8.GetBytes(System.IO.Path.Combine(_folder, "new"));
        byte[] final = Encoding.UTF8.GetBytes(System.IO.Path.Combine(_folder, "final"));
        File.WriteAllText(System.IO.Path.Combine(_folder, "final"), "old");
        Assert.Equal(Errno.NoEntry, _kernel.OpenForWriting(path, isNew: false).Errno);
        int file = TestSockets.Ok(_kernel.OpenForWriting(path, isNew: true));
        Assert.Equal(5, TestSockets.Ok(_kernel.WriteAt(file, "hello"u8, 3)));
        TestSockets.Ok(_kernel.Truncate(file, 6));
        TestSockets.Ok(_kernel.Sync(file));
        TestSockets.Ok(_kernel.Rename(path, final));
        TestSockets.Ok(_kernel.Sync(locked));
        Assert.Equal("\0\0\0hel"u8, File.ReadAllBytes(System.IO.Path.Combine(_folder, "final")));
        Assert.False(File.Exists(System.IO.Path.Combine(_folder, "new")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(System.IO.Path.Combine(_folder, "final")).UnixFileMode);
        _kernel.Close(file);
        _kernel.Close(locked);
        Assert.Equal(Errno.IsDirectory, _kernel.OpenForWriting(folder, isNew: false).Errno);
        Assert.Equal(Errno.NoEntry, _kernel.Rename(path, final).Errno);
    }

    [Fact]
    public void AFolderIsLockedOnce()
    {
        byte[] folder = Encoding.UTF8.GetBytes(_folder);
        int locked = TestSockets.Ok(_kernel.LockFolder(folder));
        Assert.Equal(Errno.WouldBlock, _kernel.LockFolder(folder).Errno);
        _kernel.Close(locked);
        _kernel.Close(TestSockets.Ok(_kernel.LockFolder(folder)));
        File.WriteAllText(System.IO.Path.Combine(_folder, "file"), "");
        Assert.Equal(Errno.NotDirectory, _kernel.LockFolder(Encoding.UTF8.GetBytes(System.IO.Path.Combine(_folder, "file"))).Errno);
        Assert.Equal(Errno.NoEntry, _kernel.LockFolder(Encoding.UTF8.GetBytes(System.IO.Path.Combine(_folder, "none"))).Errno);
    }

    [Theory]
    [InlineData(4, 512, 10)]
    [InlineData(4, 1468, 64)]
    [InlineData(4, 1, 300)] // more stripes than one call takes
    [InlineData(0, 100, 3)]
    [InlineData(9, 7, 1)]
    public void StripesHoldWhatANaiveReadGives(int gapBytes, int dataBytes, int stripes)
    {
        byte[] content = TestSockets.Pattern((dataBytes * stripes) + 17);
        int file = Open(content);
        int stripeBytes = gapBytes + dataBytes;
        int full = stripeBytes * stripes;
        int end = content.Length;
        int[] offsets = [0, 1, 17, 18, end - dataBytes, end - 1, end, end + 5];
        int[] lengths = [full, full - 1, full - dataBytes, full - dataBytes - 1, full - stripeBytes, gapBytes, 0];
        foreach (int offset in offsets.Where(offset => offset >= 0))
        {
            foreach (int length in lengths.Where(length => length >= 0))
            {
                Compare(file, content, offset, length, gapBytes, dataBytes);
            }
        }

        _kernel.Close(file);
    }

    [Fact]
    public void OnlyRegularFilesAreOpened()
    {
        Assert.Equal(Errno.IsDirectory, _kernel.OpenFile(Path(""), out _).Errno);
        Assert.Equal(Errno.NoEntry, _kernel.OpenFile(Path("missing"), out _).Errno);
        Assert.Equal(Errno.NotSupported, _kernel.OpenFile("/dev/null"u8, out _).Errno);
        Assert.Equal(Errno.NoEntry, _kernel.OpenFile("/dev/null\0"u8, out _).Errno);
        Assert.Equal(Errno.NoEntry, _kernel.OpenFile([], out _).Errno);
        Assert.Equal(Errno.NameTooLong, _kernel.OpenFile(Enumerable.Repeat((byte)'/', 4096).ToArray(), out _).Errno);

        Run("mkfifo", _folder + "/pipe");
        Assert.Equal(Errno.NotSupported, _kernel.OpenFile(Path("pipe"), out _).Errno); // and did not wait for a writer
    }

    [Fact]
    public void StatusFollowsLinks()
    {
        File.WriteAllText(_folder + "/file", "seven b");
        File.SetLastWriteTimeUtc(_folder + "/file", DateTimeOffset.FromUnixTimeSeconds(1_700_000_000).UtcDateTime);
        File.CreateSymbolicLink(_folder + "/link", "file");
        File.CreateSymbolicLink(_folder + "/loop", "loop");

        FileStatus expected = new(FileKind.Regular, 7, 1_700_000_000);
        TestSockets.Ok(_kernel.GetStatus(Path("file"), out FileStatus file));
        TestSockets.Ok(_kernel.GetStatus(Path("link"), out FileStatus link));
        TestSockets.Ok(_kernel.GetStatus(Path(""), out FileStatus folder));
        TestSockets.Ok(_kernel.GetStatus("/dev/null"u8, out FileStatus device));

        Assert.Equal(expected, file with { Identity = 0 });
        Assert.Equal(file, link);
        Assert.NotEqual(0UL, file.Identity);
        Assert.NotEqual(folder.Identity, file.Identity);
        Assert.Equal(FileKind.Directory, folder.Kind);
        Assert.Equal(FileKind.Other, device.Kind);
        Assert.Equal(Errno.TooManyLinks, _kernel.GetStatus(Path("loop"), out _).Errno);
        Assert.Equal(Errno.NoEntry, _kernel.GetStatus(Path("missing"), out _).Errno);
        Assert.Equal(Errno.NotDirectory, _kernel.GetStatus(Path("file/below"), out _).Errno);
    }

    [Fact]
    public void FolderListsNamesOfAnyBytesAndWhatLinksNameToo()
    {
        Directory.CreateDirectory(_folder + "/sub");
        File.WriteAllText(_folder + "/file", "12345");
        File.CreateSymbolicLink(_folder + "/to-file", "file");
        File.CreateSymbolicLink(_folder + "/to-sub", "sub");
        File.CreateSymbolicLink(_folder + "/to-nowhere", "missing");
        byte[] odd = [(byte)'x', 0xFF, 0xFE, (byte)'\n'];
        Create([.. Path(""), .. odd]);

        List<(byte[] Name, FileStatus Status)> entries = List(Path(""));

        Dictionary<string, FileStatus> found =
            entries.ToDictionary(entry => Encoding.Latin1.GetString(entry.Name), entry => entry.Status);
        Assert.Equal(
            ["file", "sub", "to-file", "to-nowhere", "to-sub", Encoding.Latin1.GetString(odd)],
            found.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(5, found["file"].Size);
        Assert.Equal(found["file"], found["to-file"]);
        Assert.Equal(FileKind.Regular, found[Encoding.Latin1.GetString(odd)].Kind);
        Assert.Equal(FileKind.Directory, found["sub"].Kind);
        Assert.Equal(FileKind.Directory, found["to-sub"].Kind);
        Assert.Equal(new FileStatus(FileKind.Other, 0, 0), found["to-nowhere"]);
        int file = TestSockets.Ok(_kernel.OpenFolder(Path("file")));
        Assert.Equal(Errno.NotDirectory, _kernel.ReadFolder(file, new byte[64], new FolderEntry[64]).Errno);
        _kernel.Close(file);
        Assert.Equal(Errno.NoEntry, _kernel.OpenFolder(Path("missing")).Errno);
    }

    /// <summary>So many that the kernel hands them out in several pieces.</summary>
    [Fact]
    public void LargeFolderIsListedWhole()
    {
        HashSet<string> expected = [];
        for (int i = 0; i < 5000; i++)
        {
            string name = $"file-with-a-longer-name-{i}";
            File.WriteAllBytes($"{_folder}/{name}", []);
            expected.Add(name);
        }

        List<(byte[] Name, FileStatus Status)> entries = List(Path(""));
        Assert.Equal(5000, entries.Count);
        Assert.True(expected.SetEquals(entries.Select(entry => Encoding.UTF8.GetString(entry.Name))));
    }

    private List<(byte[] Name, FileStatus Status)> List(byte[] path)
    {
        byte[] room = new byte[1024];
        FolderEntry[] entries = new FolderEntry[room.Length / FolderEntry.BytesMin];
        List<(byte[] Name, FileStatus Status)> found = [];
        int folder = TestSockets.Ok(_kernel.OpenFolder(path));
        while (TestSockets.Ok(_kernel.ReadFolder(folder, room, entries)) is int count and > 0)
        {
            foreach (FolderEntry entry in entries.AsSpan(0, count))
                found.Add((room.AsSpan(entry.NameStart, entry.NameLength).ToArray(), entry.Status));
        }

        _kernel.Close(folder);
        return found;
    }

    private void Compare(int file, byte[] content, int offset, int length, int gapBytes, int dataBytes)
    {
        byte[] target = new byte[length];
        byte[] expected = new byte[length];
        target.AsSpan().Fill(0xEE);
        expected.AsSpan().Fill(0xEE);
        int count = 0;
        for (int at = 0; at < length; at++)
        {
            bool isData = at % (gapBytes + dataBytes) >= gapBytes;
            if (isData && offset + count < content.Length) expected[at] = content[offset + count++];
        }

        Assert.Equal(count, TestSockets.Ok(_kernel.ReadStripes(file, target, gapBytes, dataBytes, offset)));
        Assert.Equal(expected, target);
    }

    private int Open(byte[] content)
    {
        File.WriteAllBytes(_folder + "/content", content);
        return TestSockets.Ok(_kernel.OpenFile(Path("content"), out _));
    }

    private byte[] Path(string name) => Encoding.UTF8.GetBytes($"{_folder}/{name}");

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>The BCL cannot name a file that is not UTF-8.</summary>
    private static unsafe void Create(byte[] path)
    {
        const int WriteAndCreate = 0x41;
        fixed (byte* name = (byte[])[.. path, 0])
        {
            int file = Libc.open(name, WriteAndCreate, 0x1A4);
            Assert.True(file >= 0);
            _ = Libc.close(file);
        }
    }
}
