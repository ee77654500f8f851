using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Tests.Simulation;
using Aglet.Tree;
using Xunit;

namespace Aglet.Tests.Unit.Trees;

public sealed class BootTreeScannerTests
{
    private readonly List<ScanNote> _notes = [];

    [Fact]
    public void FilesAreKeysBelowTheRootInByteOrder()
    {
        FolderKernel kernel = new FolderKernel().AddFolder("/srv/boot").AddFile("/srv/boot/b", 5)
            .AddFolder("/srv/boot/a").AddFile("/srv/boot/a/x", 7).AddFile("/srv/boot/a-b").AddFile("/srv/boot/.treeinfo");
        BootTree tree = Scan(kernel)!;
        Assert.Equal([".treeinfo", "a-b", "a/x", "b"], Keys(tree));
        Assert.Equal(14, tree.TotalBytes);
        Assert.True(tree.TryGet("a/x"u8, out BootFile file));
        Assert.Equal("/srv/boot/a/x", Encoding.UTF8.GetString(file.HostPath));
        Assert.Equal((7, 1_700_000_000), (file.Size, file.ModifiedUnixSeconds));
        Assert.Empty(_notes);
    }

    [Theory]
    [InlineData("/srv/boot/")]
    [InlineData("/srv/boot//")]
    public void ASlashAtTheEndChangesNothing(string root)
    {
        FolderKernel kernel = new FolderKernel().AddFolder("/srv/boot").AddFile("/srv/boot/b");
        BootTree tree = BootTreeScanner.Scan(kernel, root, _notes)!;
        Assert.Equal("/srv/boot/b", Encoding.UTF8.GetString(tree[0].HostPath));
    }

    [Fact]
    public void WhatIsNoFileIsNoted()
    {
        FolderKernel kernel = new FolderKernel().AddFolder("/t").AddOther("/t/pi\npe").AddFile("/t/a");
        Assert.Equal(["a"], Keys(Scan(kernel, "/t")!));
        Assert.Equal([new(false, "/t/pi?pe: it is neither a file nor a folder, so it is not served")], _notes);
    }

    [Fact]
    public void AFolderIsNotEnteredFromWithinItself()
    {
        // Ubuntu's media hold "ubuntu -> .".
        FolderKernel kernel = new FolderKernel().AddFolder("/t", 1).AddFile("/t/a").AddLink("/t/ubuntu", "/t");
        Assert.Equal(["a"], Keys(Scan(kernel, "/t")!));
        Assert.Equal("/t/ubuntu: it is a link to a folder that it stands in, so it is not entered", Assert.Single(_notes).Text);
    }

    [Fact]
    public void TheSameFolderTwiceIsNoCircle()
    {
        FolderKernel kernel = new FolderKernel().AddFolder("/t", 1).AddFolder("/t/a", 2).AddFile("/t/a/f");
        kernel.AddLink("/t/b", "/t/a");
        Assert.Equal(["a/f", "b/f"], Keys(Scan(kernel, "/t")!));
    }

    [Fact]
    public void WithoutIdentitiesTheDepthEndsACircle()
    {
        FolderKernel kernel = new FolderKernel().AddFolder("/t").AddFile("/t/a").AddLink("/t/l", "/t");
        BootTree tree = Scan(kernel, "/t")!;
        Assert.Equal(Limits.TreeDepth + 1, tree.Count);
        ScanNote note = Assert.Single(_notes);
        Assert.True(note.IsError);
        Assert.EndsWith("it is deeper than 32 folders, so it is not served", note.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void TwoCirclesEndToo()
    {
        FolderKernel kernel = new FolderKernel().AddFolder("/t").AddLink("/t/l", "/t");
        kernel.AddLink("/t/m", "/t");
        Assert.Null(Scan(kernel, "/t"));
        Assert.Equal(Limits.TreeFolders + 1, kernel.Listed);
        Assert.Contains("the boot tree has more than 100000 folders; do links in it lead in a circle?", _notes[^2].Text, StringComparison.Ordinal);
        Assert.True(_notes.Count <= 102);
    }

    [Fact]
    public void APathThatIsTooLongIsAnError()
    {
        string longest = new('n', Limits.PathBytes);
        FolderKernel kernel = new FolderKernel().AddFolder("/t").AddFile("/t/" + longest).AddFile("/t/" + longest + "n");
        Assert.Equal([longest], Keys(Scan(kernel, "/t")!));
        ScanNote note = Assert.Single(_notes);
        Assert.True(note.IsError);
        Assert.EndsWith("its path below the tree is longer than 512 bytes, so it is not served", note.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void AFolderThatCannotBeReadIsAnErrorAndTheRestIsServed()
    {
        FolderKernel kernel = new FolderKernel().AddFolder("/t").AddFile("/t/a").AddFolder("/t/secret")
            .Refuse("/t/secret", Errno.AccessDenied);
        Assert.Equal(["a"], Keys(Scan(kernel, "/t")!));
        Assert.Equal([new(true, "/t/secret: permission denied")], _notes);
    }

    [Theory]
    [InlineData("/none", "/none: the boot tree cannot be read: no such folder")]
    [InlineData("/t/a", "/t/a: the boot tree cannot be read: it is not a folder")]
    public void AMissingTreeIsOneLine(string root, string expected)
    {
        FolderKernel kernel = new FolderKernel().AddFolder("/t").AddFile("/t/a");
        Assert.Null(BootTreeScanner.Scan(kernel, root, _notes));
        Assert.Equal([new(true, expected)], _notes);
    }

    [Fact]
    public void ARootThatCannotBeListedIsRefused()
    {
        FolderKernel kernel = new FolderKernel().AddFolder("/t").Refuse("/t", Errno.AccessDenied);
        Assert.Null(Scan(kernel, "/t"));
        Assert.Equal([new(true, "/t: permission denied")], _notes);
    }

    [Fact]
    public void AFolderThatFailsAtItsEndIsLeftOutAndClosed()
    {
        FolderKernel kernel = new FolderKernel().AddFolder("/t").AddFile("/t/a");
        kernel.ReadFails = true;
        Assert.Null(Scan(kernel, "/t"));
        Assert.Equal([new(true, "/t: error 5 of the kernel")], _notes);
        Assert.False(kernel.IsOpen);
    }

    /// <summary>A folder counts with its slash: "a-b" stands before "a/x", and "a.b" too, but "a0" does not.</summary>
    [Fact]
    public void TheOrderIsThatOfWholePaths()
    {
        Prng prng = new(3);
        FolderKernel kernel = new FolderKernel().AddFolder("/t");
        string[] folders = ["/t", "/t/a", "/t/a-", "/t/a0", "/t/a/a", "/t/a/é"];
        for (int i = 1; i < folders.Length; i++) kernel.AddFolder(folders[i], (ulong)i);
        string letters = "-./0aé";
        HashSet<string> used = [.. folders];
        List<string> expected = [];
        for (int i = 0; i < 3000; i++)
        {
            string name = "";
            for (int letter = 1 + prng.Below(5); letter > 0; letter--) name += letters[prng.Below(letters.Length)];
            string path = $"{folders[prng.Below(folders.Length)]}/{name.Replace('/', 'b')}";
            if (!used.Add(path)) continue;
            kernel.AddFile(path);
            expected.Add(path[3..]);
        }

        expected.Sort((left, right) => Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right)));
        BootTree tree = Scan(kernel, "/t")!;
        Assert.Equal(expected, Keys(tree));
        foreach (string key in expected)
        {
            Assert.True(tree.TryGet(Encoding.UTF8.GetBytes(key), out BootFile file));
            Assert.Equal("/t/" + key, Encoding.UTF8.GetString(file.HostPath));
        }
    }

    /// <summary>A tree of any size costs steps, never one long one.</summary>
    [Fact]
    public void AStepIsBounded()
    {
        const int files = 20_000;
        SimKernel kernel = new(1, FaultRates.None);
        for (int i = 0; i < files; i++) kernel.Files.Add($"/t/pool/{i}", []);
        BootTreeScanner scanner = new(kernel, "/t", _notes);
        int steps = 0;
        long most = 0;
        while (true)
        {
            long before = kernel.FolderEntriesRead;
            bool goesOn = scanner.Step();
            most = Math.Max(most, kernel.FolderEntriesRead - before);
            if (!goesOn) break;
            steps++;
            if (steps == 50) Assert.Null(scanner.Tree);
        }

        Assert.Equal(files, scanner.Tree!.Count);
        Assert.InRange(most, 100, 350);
        Assert.True(steps > files / 350, $"{steps} steps");
        Assert.Equal(0, kernel.Open(SimHandleKind.Listing));
    }

    [Fact]
    public void AnAbandonedScanLeavesNothingOpen()
    {
        SimKernel kernel = new(1, FaultRates.None);
        for (int i = 0; i < 2000; i++) kernel.Files.Add($"/t/{i}", []);
        BootTreeScanner scanner = new(kernel, "/t", _notes);
        Assert.True(scanner.Step());
        Assert.Equal(1, kernel.Open(SimHandleKind.Listing));
        scanner.Abandon();
        Assert.False(scanner.Step());
        Assert.Equal(0, kernel.Open(SimHandleKind.Listing));
    }

    private BootTree? Scan(FolderKernel kernel, string root = "/srv/boot") => BootTreeScanner.Scan(kernel, root, _notes);

    private static List<string> Keys(BootTree tree)
    {
        List<string> keys = [];
        for (int i = 0; i < tree.Count; i++) keys.Add(Encoding.UTF8.GetString(tree[i].Key));
        return keys;
    }
}
