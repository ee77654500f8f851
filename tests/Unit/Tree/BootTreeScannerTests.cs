using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Core;
using Aglet.Kernel;
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
        Assert.Equal("/srv/boot/b", Encoding.UTF8.GetString(tree.Files[0].HostPath));
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

    private BootTree? Scan(FolderKernel kernel, string root = "/srv/boot") => BootTreeScanner.Scan(kernel, root, _notes);

    private static List<string> Keys(BootTree tree)
    {
        List<string> keys = [];
        foreach (BootFile file in tree.Files) keys.Add(Encoding.UTF8.GetString(file.Key));
        return keys;
    }
}
