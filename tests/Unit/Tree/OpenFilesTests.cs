using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Linux;
using Aglet.Tests.Simulation;
using Aglet.Time;
using Aglet.Tree;
using Xunit;

namespace Aglet.Tests.Unit.Trees;

public sealed class OpenFilesTests
{
    private static readonly Duration _second = Duration.FromSeconds(1);

    private readonly SimKernel _kernel = new(1, FaultRates.None);
    private readonly Dictionary<string, BootFile> _indexed = [];
    private Instant _now = new(5_000_000_000);

    [Fact]
    public void TransfersOfOneFileShareAHandle()
    {
        OpenFiles files = Make("a", "b");
        int first = Open(files, "a");
        Assert.Equal(first, Open(files, "a"));
        Assert.NotEqual(first, Open(files, "b"));
        Assert.Equal((2, 0), (files.Count, files.IdleCount));
        files.Release(first);
        Assert.Equal(0, files.IdleCount);
        files.Release(first);
        Assert.Equal((2, 1), (files.Count, files.IdleCount));
        Assert.Equal(first, Open(files, "a"));
        Assert.Equal(2, _kernel.Open(SimHandleKind.File));
    }

    [Fact]
    public void WhatIsIdleForAMinuteIsClosed()
    {
        OpenFiles files = Make("a", "b");
        files.Release(Open(files, "a"));
        Assert.Equal(_now + Duration.FromSeconds(60), files.NextDeadline);
        Pass(files, 30);
        files.Release(Open(files, "b"));
        Pass(files, 30);
        Assert.Equal(1, _kernel.Open(SimHandleKind.File));
        Pass(files, 30);
        Assert.Equal((0, 0), (files.Count, _kernel.Open(SimHandleKind.File)));
        Assert.Equal(Instant.Never, files.NextDeadline);
    }

    [Fact]
    public void OfTooManyIdleFilesTheOldestAreClosed()
    {
        _kernel.HandleLimit = 16; // of which two may be idle
        OpenFiles files = Make("a", "b", "c");
        int a = Open(files, "a");
        files.Release(Open(files, "b"));
        files.Release(a);
        files.Release(Open(files, "c"));
        Assert.Equal(2, files.IdleCount);
        Assert.Equal(a, Open(files, "a")); // b was the oldest
    }

    [Fact]
    public void AKernelWithoutHandlesGetsAnIdleOneBack()
    {
        _kernel.HandleLimit = 24;
        string[] names = new string[25];
        for (int i = 0; i < names.Length; i++) names[i] = $"f{i}";
        OpenFiles files = Make(names);
        for (int i = 0; i < 23; i++) Open(files, names[i]);
        files.Release(Open(files, names[23]));
        Assert.Equal(FileFault.None, files.Open(_now, _indexed[names[24]], out int last));
        Assert.Equal(FileFault.OutOfHandles, files.Open(_now, _indexed[names[23]], out int none));
        Assert.Equal(-1, none);
        files.Release(last);
        Open(files, names[23]);
        Assert.Equal(24, _kernel.Open(SimHandleKind.File));
    }

    [Fact]
    public void MoreThanTheCapacityIsNotOpened()
    {
        OpenFiles files = Make(capacity: 2, "a", "b", "c");
        int a = Open(files, "a");
        Open(files, "b");
        Assert.Equal(FileFault.OutOfHandles, files.Open(_now, _indexed["c"], out _));
        Assert.Equal(2, _kernel.Open(SimHandleKind.File));
        files.Release(a);
        Open(files, "c");
        Assert.Equal(2, _kernel.Open(SimHandleKind.File));
    }

    [Fact]
    public void AFileReplacedByARenameIsNoticed()
    {
        OpenFiles files = Make("a");
        int old = Open(files, "a");
        SimFile replaced = _kernel.Files.Find("/t/a"u8)!;
        _kernel.Files.Remove("/t/a");
        _kernel.Files.Add("/t/a", [.. replaced.Content]); // the same size and time
        Pass(files, 1);
        int next = Open(files, "a");
        Assert.NotEqual(old, next);

        // The transfer that had it keeps it to its end.
        Assert.Equal(2, _kernel.Open(SimHandleKind.File));
        files.Release(old);
        Assert.Equal(1, _kernel.Open(SimHandleKind.File));
        Assert.Equal(next, Open(files, "a"));
    }

    [Fact]
    public void AnOldHandleIsNotServedUnderANewSize()
    {
        OpenFiles files = Make("a");
        int old = Open(files, "a");
        _kernel.Files.Remove("/t/a");
        SimFile longer = _kernel.Files.Add("/t/a", new byte[500]);
        BootFile reloaded = Index("a", longer);

        // At once, and not a second later: the new index knows what the open handle is not.
        Assert.Equal(FileFault.None, files.Open(_now, reloaded, out int next));
        Assert.NotEqual(old, next);
        Assert.Equal(FileFault.Changed, files.Open(_now, _indexed["a"], out _));
        files.Release(old);
        files.Release(next);
        files.CloseIdle();
        Assert.Equal(0, _kernel.Open(SimHandleKind.File));
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("shorter")]
    [InlineData("touched")]
    public void AChangeIsNoticedWithinASecond(string what)
    {
        OpenFiles files = Make("a", "b");
        files.Release(Open(files, "a"));
        files.Release(Open(files, "b"));
        SimFile file = _kernel.Files.Find("/t/a"u8)!;
        if (what == "gone") _kernel.Files.Remove("/t/a");
        if (what == "shorter") file.Truncate(10);
        if (what == "touched") file.ModifiedUnixSeconds++;
        Assert.Equal(FileFault.None, files.Open(_now, _indexed["a"], out int trusted));
        files.Release(trusted);
        Pass(files, 1);
        Assert.Equal(what == "gone" ? FileFault.Gone : FileFault.Changed, files.Open(_now, _indexed["a"], out _));
        Assert.Equal(1, _kernel.Open(SimHandleKind.File));
        Open(files, "b");
    }

    [Fact]
    public void AfterAFaultTheFileIsOpenedAnew()
    {
        OpenFiles files = Make("a");
        int bad = Open(files, "a");
        files.Distrust(bad);
        files.Distrust(bad);
        int next = Open(files, "a");
        Assert.NotEqual(bad, next);
        files.Release(bad);
        Assert.Equal(1, _kernel.Open(SimHandleKind.File));
        _kernel.Files.Find("/t/a"u8)!.IsReadable = false;
        files.Distrust(next);
        Assert.Equal(FileFault.Unreadable, files.Open(_now, _indexed["a"], out _));
    }

    [Fact]
    public void AnyOrderOfUseLeavesNothingOpen()
    {
        string[] names = ["a", "b", "c", "d", "e", "f", "g"];
        OpenFiles files = Make(capacity: 5, names);
        Prng prng = new(7);
        List<int> held = [];
        for (int i = 0; i < 20_000; i++)
        {
            string name = names[prng.Below(names.Length)];
            switch (prng.Below(8))
            {
                case < 4 when files.Open(_now, _indexed[name], out int handle) == FileFault.None:
                    held.Add(handle);
                    break;
                case 4 when held.Count > 0:
                    files.Distrust(held[prng.Below(held.Count)]);
                    break;
                case 5:
                    Pass(files, prng.Below(70));
                    break;
                default:
                    if (held.Count == 0) break;
                    int at = prng.Below(held.Count);
                    files.Release(held[at]);
                    held.RemoveAt(at);
                    break;
            }

            Assert.Equal(files.Count, _kernel.Open(SimHandleKind.File));
            Assert.InRange(files.Count, 0, 5);
        }

        foreach (int handle in held) files.Release(handle);
        files.CloseIdle();
        Assert.Equal((0, 0, 0), (files.Count, files.IdleCount, _kernel.Open(SimHandleKind.File)));
    }

    /// <summary>The real kernel: what a rename, a cut and a removal look like from here.</summary>
    [Fact]
    public void LinuxFilesThatChangeUnderUsAreNoticed()
    {
        string folder = Directory.CreateTempSubdirectory("aglet-open-").FullName;
        try
        {
            using LinuxKernel kernel = new(takesSignals: false);
            string path = Path.Combine(folder, "kernel");
            File.WriteAllBytes(path, new byte[5000]);
            BootFile file = Scan(kernel, folder);
            OpenFiles files = new(kernel);
            Assert.Equal(FileFault.None, files.Open(_now, file, out int old));

            // A new version under the old name: the transfer goes on with the old bytes.
            File.WriteAllBytes(path + ".new", Encoding.ASCII.GetBytes(new string('n', 6000)));
            File.Move(path + ".new", path, overwrite: true);
            byte[] bytes = new byte[8000];
            Assert.Equal(5000, kernel.ReadAt(old, bytes, 0).Count);
            Assert.Equal(FileFault.Changed, files.Open(_now + _second, file, out _));
            file = Scan(kernel, folder);
            Assert.Equal(FileFault.None, files.Open(_now, file, out int next));
            Assert.Equal(6000, kernel.ReadAt(next, bytes, 0).Count);
            Assert.Equal((byte)'n', bytes[5999]);

            using (FileStream cut = File.OpenWrite(path)) cut.SetLength(100);
            Assert.Equal(100, kernel.ReadAt(next, bytes, 0).Count);
            files.Distrust(next);
            Assert.Equal(FileFault.Changed, files.Open(_now, file, out _));
            File.Delete(path);
            Assert.Equal(FileFault.Gone, files.Open(_now, file, out _));
            Directory.CreateDirectory(path);
            Assert.Equal(FileFault.Gone, files.Open(_now, file, out _));
            files.Release(old);
            files.Release(next);
            Assert.Equal(0, files.Count);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void LinuxOpensWithoutAllocating()
    {
        string folder = Directory.CreateTempSubdirectory("aglet-open-").FullName;
        try
        {
            using LinuxKernel kernel = new(takesSignals: false);
            File.WriteAllBytes(Path.Combine(folder, "f"), new byte[10]);
            BootFile file = Scan(kernel, folder);
            OpenFiles files = new(kernel);
            Round(files, file, 0);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 1; i < 1000; i++) Round(files, file, i);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
            files.CloseIdle();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private void Round(OpenFiles files, BootFile file, int i)
    {
        Instant now = _now + Duration.FromMilliseconds(i * 300);
        files.OnTurnStart(now);
        if (files.Open(now, file, out int handle) != FileFault.None) throw new InvalidOperationException("not open");
        if (i % 10 == 0) files.Distrust(handle);
        files.Release(handle);
    }

    private static BootFile Scan(LinuxKernel kernel, string folder) =>
        BootTreeScanner.Scan(kernel, folder, [])![0];

    private OpenFiles Make(params string[] names) => Make(Limits.OpenFiles, names);

    private OpenFiles Make(int capacity, params string[] names)
    {
        foreach (string name in names) _indexed[name] = Index(name, _kernel.Files.Add("/t/" + name, new byte[100]));
        return new(_kernel, capacity);
    }

    private static BootFile Index(string name, SimFile file) => new()
    {
        HostPath = file.Path,
        Key = Encoding.UTF8.GetBytes(name),
        Size = file.Size,
        ModifiedUnixSeconds = file.ModifiedUnixSeconds,
    };

    private int Open(OpenFiles files, string name)
    {
        Assert.Equal(FileFault.None, files.Open(_now, _indexed[name], out int handle));
        return handle;
    }

    private void Pass(OpenFiles files, int seconds)
    {
        _now += Duration.FromSeconds(seconds);
        files.OnTurnStart(_now);
    }
}
