using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Aglet.Update;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>The update that <c>make image</c> writes, and signed ones, on the files of a card that is mounted on a PC.</summary>
[Trait("Category", "Lab")]
public sealed class ImageUpdateFileTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    [Fact]
    public void ThePcTakesWhatTheBuildWrote()
    {
        string folder = Repository.NewFolder("image-update-file");
        string card = CardOf(folder);
        LabResult taken = Update(Path.Combine(Repository.Root, "out", "aglet-x64.update"), card);
        Assert.Equal(0, taken.ExitCode);
        Assert.Contains(" is in slot b: it is tried at the next start", taken.Output, StringComparison.Ordinal);
        byte[] environment = File.ReadAllBytes(Path.Combine(card, "grub", "grubenv"));
        Assert.Equal(("a", "b"), (GrubEnvironment.Get(environment, "slot"), GrubEnvironment.Get(environment, "try")));
        foreach (string name in (string[])["linux", "initrd"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(card, "a", name)), File.ReadAllBytes(Path.Combine(card, "b", name)));
    }

    [Fact]
    public void WithAKeyOnlyItsSignatureCounts()
    {
        string folder = Repository.NewFolder("image-update-signed");
        string card = CardOf(folder);
        string key = NewKey(folder, "own.pem");
        string text = LabProcess.Run(null, _limit, ["openssl", "pkey", "-in", key, "-pubout"]).OrThrow("openssl").Output;
        string encoded = string.Concat(text.Split('\n', StringSplitOptions.TrimEntries).Where(static line => !line.StartsWith('-')));
        File.WriteAllText(Path.Combine(card, "aglet.json"), $$"""{ "update": { "key": "{{encoded}}" } }""");

        LabResult bare = Update(Pack(folder, card, "bare", ""), card);
        Assert.Equal((1, true), (bare.ExitCode, bare.Output.Contains("it is not signed", StringComparison.Ordinal)));
        LabResult foreign = Update(Pack(folder, card, "foreign", NewKey(folder, "foreign.pem")), card);
        Assert.Equal((1, true), (foreign.ExitCode, foreign.Output.Contains("not by this appliance's update.key", StringComparison.Ordinal)));
        Assert.Empty(Directory.GetFiles(Path.Combine(card, "b")));
        LabResult own = Update(Pack(folder, card, "own", key), card);
        Assert.Equal((0, true), (own.ExitCode, own.Output.Contains("aglet own is in slot b", StringComparison.Ordinal)));
    }

    /// <summary>The first partition's files, as a PC shows them.</summary>
    private static string CardOf(string folder)
    {
        using ImageDisk disk = new(folder, "x64");
        string card = Directory.CreateDirectory(Path.Combine(folder, "card")).FullName;
        disk.GetAll(1, card);
        Directory.CreateDirectory(Path.Combine(card, "b"));
        return card;
    }

    private static LabResult Update(string file, string card) =>
        LabProcess.Run(null, _limit, [Repository.Binary, "update", file, "--boot", card]);

    private static string NewKey(string folder, string name)
    {
        string file = Path.Combine(folder, name);
        LabProcess.Run(null, _limit, ["openssl", "genpkey", "-algorithm", "ed25519", "-out", file]).OrThrow("openssl");
        return file;
    }

    /// <summary>The card's own system as an update, by the script of the build.</summary>
    private static string Pack(string folder, string card, string version, string key)
    {
        string file = Path.Combine(folder, version + ".update");
        Dictionary<string, string> environment = new() { ["UPDATE_KEY"] = key };
        string script = Path.Combine(Repository.Root, ".ci", "update");
        LabProcess.Run(null, _limit, [script, Path.Combine(card, "a"), "x64", version, file], environment).OrThrow("update");
        return file;
    }
}
