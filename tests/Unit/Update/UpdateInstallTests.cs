using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Kernel;
using Aglet.Tests.Simulation;
using Aglet.Update;
using Xunit;

namespace Aglet.Tests.Unit.Update;

/// <summary>An update is proved, then written to the other slot, then tried; the slot that runs is never touched.</summary>
public sealed class UpdateInstallTests
{
    [Fact]
    public void AGoodUpdateIsTriedOnceAndKept()
    {
        UpdateWorld world = new();
        Assert.Equal("", world.Install(UpdateWorld.Good()));
        Assert.Equal(UpdateWorld.Linux, world.Read("b/linux"));
        Assert.Equal(UpdateWorld.Initrd, world.Read("b/initrd"));
        Assert.Equal("0.2.0", world.Slots.VersionIn("b"));
        Assert.Equal("b", world.Start());
        Assert.Equal("", world.Slots.Keep("b"));
        Assert.Equal("b", world.Start());
        Assert.Equal("b", world.Slots.Default);

        // The next one goes to where the old one was.
        Assert.Equal("", world.Install(UpdateWorld.Good(UpdateWorld.Manifest(version: "0.3.0")), running: "b"));
        Assert.Equal("a", world.Start());
        Assert.Equal("0.3.0", world.Slots.VersionIn("a"));
    }

    [Fact]
    public void OneThatIsNotKeptComesBackOnce()
    {
        UpdateWorld world = new();
        Assert.Equal("", world.Install(UpdateWorld.Good()));
        Assert.Equal("b", world.Start());
        Assert.Equal("a", world.Start());
        Assert.Equal("a", world.Start());
        Assert.Equal(UpdateWorld.Old, world.Read("a/linux"));
    }

    [Fact]
    public void TheRaspberryPisFirmwareIsToldToo()
    {
        UpdateWorld world = new();
        Assert.Equal("", world.Install(UpdateWorld.Good()));
        Assert.Contains("os_prefix=b/\nkernel=linux\n", Encoding.ASCII.GetString(world.Read("tryboot.txt")), StringComparison.Ordinal);
        Assert.Contains("os_prefix=a/\n", Encoding.ASCII.GetString(world.Read("config.txt")), StringComparison.Ordinal);
        Assert.Equal("console=tty0 aglet.slot=b\n", Encoding.ASCII.GetString(world.Read("b/cmdline.txt")));
        Assert.Equal("", world.Slots.Keep("b"));
        Assert.Contains("os_prefix=b/\n", Encoding.ASCII.GetString(world.Read("config.txt")), StringComparison.Ordinal);
    }

    public static TheoryData<string, string> BadArchives => new()
    {
        { "cut", "cut off" },
        { "damaged", "damaged" },
        { "other architecture", "for arm64" },
        { "no manifest", "no manifest" },
        { "bad manifest", "BadName" },
        { "missing file", "initrd is not in it" },
        { "no archive", "no tar archive" },
        { "empty", "cut off" },
    };

    [Theory]
    [MemberData(nameof(BadArchives))]
    public void WhatIsWrongIsRefusedAndNothingIsWritten(string what, string said)
    {
        UpdateWorld world = new();
        byte[] damaged = [.. UpdateWorld.Linux];
        damaged[500_000] ^= 1;
        byte[] archive = what switch
        {
            "cut" => UpdateWorld.Good()[..600_000],
            "damaged" => UpdateWorld.Good(linux: damaged),
            "other architecture" => UpdateWorld.Good(UpdateWorld.Manifest("arm64")),
            "no manifest" => UpdateWorld.Archive(("linux", UpdateWorld.Linux)),
            "bad manifest" => UpdateWorld.Good(
                Encoding.ASCII.GetBytes("aglet-update 1\narch x64\nversion 1\nfile ../aglet.json 5 " + new string('0', 64) + "\n")),
            "missing file" => UpdateWorld.Archive(("manifest", UpdateWorld.Manifest()), ("linux", UpdateWorld.Linux)),
            "no archive" => Encoding.ASCII.GetBytes(new string('x', 5000)),
            _ => [],
        };
        int before = world.Kernel.Disk.Calls;
        Assert.Contains(said.Replace("no tar", "not a tar", StringComparison.Ordinal), world.Install(archive), StringComparison.Ordinal);
        Assert.Equal(before, world.Kernel.Disk.Calls);
        Assert.Equal("a", world.Start());
    }

    [Fact]
    public void WithAKeyOnlyWhatItSignedIsTaken()
    {
        // RFC 8032, section 7.1, test 2: a key, and a signature of one byte, 0x72, which is no manifest.
        byte[] key = Convert.FromHexString("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        byte[] signature = Convert.FromHexString(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            + "387b2eaeb4302aeeb00d291612bb0c00");
        UpdateWorld world = new();
        Assert.Contains("not signed", world.Install(UpdateWorld.Good(), key: key), StringComparison.Ordinal);
        byte[] wrong = UpdateWorld.Archive(
            ("manifest", UpdateWorld.Manifest()), ("manifest.sig", signature), ("linux", UpdateWorld.Linux), ("initrd", UpdateWorld.Initrd));
        Assert.Contains("not by this appliance's", world.Install(wrong, key: key), StringComparison.Ordinal);

        // A right signature lets the manifest be read, and this one is none.
        byte[] right = UpdateWorld.Archive(("manifest", [0x72]), ("manifest.sig", signature));
        Assert.Contains("NoManifest", world.Install(right, key: key), StringComparison.Ordinal);
    }

    [Fact]
    public void AFullCardIsSaidAndTheOldSystemStays()
    {
        UpdateWorld world = new();
        world.Kernel.Disk.FreeBytes = 100_000;
        Assert.Contains("full", world.Install(UpdateWorld.Good()), StringComparison.Ordinal);
        Assert.Equal("", world.Slots.VersionIn("b"));
        Assert.Equal("a", world.Start());
    }

    [Fact]
    public void APowerCutAtAnyCallLeavesASystemThatStarts()
    {
        int calls = CutAt(-1, 0);
        Assert.True(calls > 10);
        for (int cut = 0; cut < calls; cut++)
        {
            for (ulong seed = 0; seed < 4; seed++) CutAt(cut, seed);
        }
    }

    private static int CutAt(int cut, ulong seed)
    {
        UpdateWorld world = new(seed);
        int before = world.Kernel.Disk.Calls;
        world.Kernel.Disk.CutAt = cut < 0 ? -1 : before + cut;
        try
        {
            Assert.Equal("", world.Install(UpdateWorld.Good()));
            if (world.Start() == "b") Assert.Equal("", world.Slots.Keep("b"));
        }
        catch (PowerCutException)
        {
            // As it is meant.
        }

        world.Kernel.Kill();
        world.Kernel.Disk.Restart();
        string slot = world.Start();
        if (slot == "b")
        {
            Assert.Equal(UpdateWorld.Linux, world.Read("b/linux"));
            Assert.Equal(UpdateWorld.Initrd, world.Read("b/initrd"));
        }
        else
        {
            Assert.Equal("a", slot);
            Assert.Equal(UpdateWorld.Old, world.Read("a/linux"));
            Assert.Equal(UpdateWorld.Old, world.Read("a/initrd"));
        }

        string config = Encoding.ASCII.GetString(world.Read("config.txt"));
        Assert.Matches("^arm_64bit=1\nos_prefix=[ab]/\nkernel=linux\n$", config);
        return world.Kernel.Disk.Calls - before;
    }

    [Fact]
    public void AHeaderThatIsChangedIsNoHeader()
    {
        byte[] block = UpdateWorld.Archive(("linux", UpdateWorld.Old))[..512];
        Assert.True(UpdateArchive.TryReadHeader(block, out string name, out long size));
        Assert.Equal(("linux", UpdateWorld.Old.Length), (name, size));
        for (int i = 0; i < block.Length; i++)
        {
            // What follows the number of a checksum says nothing.
            if (i == 155) continue;
            byte[] changed = [.. block];
            changed[i] ^= 0x41;
            Assert.False(UpdateArchive.TryReadHeader(changed, out _, out _));
        }
    }

    [Fact]
    public void MutatedArchivesNeverEscape()
    {
        byte[] good = UpdateWorld.Archive(("manifest", UpdateWorld.Manifest()), ("linux", UpdateWorld.Old));
        Random random = new(5);
        for (int round = 0; round < 2000; round++)
        {
            byte[] changed = [.. good];
            for (int i = random.Next(1, 6); i > 0; i--) changed[random.Next(changed.Length)] = (byte)random.Next(256);
            UpdateWorld world = new();
            Assert.NotEqual("", world.Install(changed[..random.Next(changed.Length + 1)]));
        }

        List<UpdateEntry> entries = [];
        SimKernel kernel = new(1, FaultRates.None);
        kernel.Files.Add("/x", new byte[4096]);
        Assert.False(UpdateArchive.TryRead(kernel, kernel.OpenFile("/x"u8, out _).Count, 4096, entries, out _));
    }
}
