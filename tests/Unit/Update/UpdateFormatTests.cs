using System;
using System.Text;
using Aglet.Config;
using Aglet.Time;
using Aglet.Update;
using Xunit;

namespace Aglet.Tests.Unit.Update;

/// <summary>The texts that an update consists of, GRUB's block, and the trial of a new system.</summary>
public sealed class UpdateFormatTests
{
    private static readonly string _hash = new('a', 64);

    [Theory]
    [InlineData("aglet-update 2\n", "NoManifest")]
    [InlineData("", "NoManifest")]
    [InlineData("aglet-update 1\n", "Incomplete")]
    [InlineData("aglet-update 1\narch x64\nversion 1\nfile linux 1 HASH\n", "Incomplete")]
    [InlineData("aglet-update 1\narch x64\nversion 1\nfile linux 1 HASH\nfile initrd 1 HASH\n", "None")]
    [InlineData("aglet-update 1\narch x64\nversion 1\nfile linux 1 HASH\nfile linux 1 HASH\n", "NameTwice")]
    [InlineData("aglet-update 1\narch x64\nversion 1\nfile a/linux 1 HASH\n", "BadName")]
    [InlineData("aglet-update 1\narch x64\nversion 1\nfile .. 1 HASH\n", "BadName")]
    [InlineData("aglet-update 1\narch x64\nversion 1\nfile version 1 HASH\n", "BadName")]
    [InlineData("aglet-update 1\narch x64\nversion 1\nfile linux 0 HASH\n", "BadSize")]
    [InlineData("aglet-update 1\narch x64\nversion 1\nfile linux -1 HASH\n", "BadSize")]
    [InlineData("aglet-update 1\narch x64\nversion 1\nfile linux 99999999999 HASH\n", "BadSize")]
    [InlineData("aglet-update 1\narch x64\nversion 1\nfile linux 1 xx\n", "BadHash")]
    [InlineData("aglet-update 1\nshell rm\n", "BadLine")]
    public void AManifestIsReadOrRefusedByName(string text, string reject)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text.Replace("HASH", _hash, StringComparison.Ordinal));
        Assert.Equal(reject, UpdateManifest.Parse(bytes, out UpdateManifest? manifest).ToString());
        Assert.Equal(reject == "None", manifest is not null);
    }

    [Fact]
    public void MoreFilesThanASlotHoldsAreRefused()
    {
        StringBuilder text = new("aglet-update 1\narch x64\nversion 1\n");
        for (int i = 0; i < 65; i++) text.Append("file f").Append(i).Append(" 1 ").Append(_hash).Append('\n');
        Assert.Equal(UpdateManifestReject.TooManyFiles, UpdateManifest.Parse(Encoding.ASCII.GetBytes(text.ToString()), out _));
    }

    [Fact]
    public void TheBlockOfGrubKeepsItsLengthAndItsOtherVariables()
    {
        byte[] block = GrubEnvironment.With([], "slot", "a");
        block = GrubEnvironment.With(block, "try", "b");
        block = GrubEnvironment.With(block, "slot", "b");
        Assert.Equal(GrubEnvironment.ByteCount, block.Length);
        Assert.Equal("b", GrubEnvironment.Get(block, "slot"));
        Assert.Equal("b", GrubEnvironment.Get(block, "try"));
        Assert.StartsWith("# GRUB Environment Block\nslot=b\ntry=b\n###", Encoding.ASCII.GetString(block), StringComparison.Ordinal);
        block[3] = (byte)'x';
        Assert.Equal("", GrubEnvironment.Get(block, "slot"));
        Assert.Equal("a", GrubEnvironment.Get(GrubEnvironment.With(block, "slot", "a"), "slot"));
    }

    [Fact]
    public void GrubsOwnToolReadsOurBlock()
    {
        string file = System.IO.Path.GetTempFileName();
        try
        {
            System.IO.File.WriteAllBytes(file, GrubEnvironment.With(GrubEnvironment.With([], "slot", "a"), "try", "b"));
            using var tool = System.Diagnostics.Process.Start(
                new System.Diagnostics.ProcessStartInfo("grub-editenv", [file, "list"]) { RedirectStandardOutput = true })!;
            Assert.Equal("slot=a\ntry=b\n", tool.StandardOutput.ReadToEnd());
            using var other = System.Diagnostics.Process.Start("grub-editenv", [file, "set", "try=", "slot=b"]);
            other.WaitForExit();
            byte[] block = System.IO.File.ReadAllBytes(file);
            Assert.Equal(("b", ""), (GrubEnvironment.Get(block, "slot"), GrubEnvironment.Get(block, "try")));
        }
        finally
        {
            System.IO.File.Delete(file);
        }
    }

    [Fact]
    public void ANewSystemIsKeptAfterAMinuteOfServing()
    {
        Instant start = new(0);
        UpdateTrial trial = new(start);
        Assert.Equal(start + UpdateTrial.Patience, trial.Deadline);
        Instant serving = start + Duration.FromSeconds(5);
        trial.OnServing(serving);
        Assert.Equal(TrialStep.Wait, trial.OnDeadline(serving + Duration.FromSeconds(59)));
        trial.OnInterrupted();
        trial.OnServing(serving + Duration.FromSeconds(59));
        Assert.Equal(TrialStep.Wait, trial.OnDeadline(serving + Duration.FromSeconds(118)));
        Assert.Equal(TrialStep.Keep, trial.OnDeadline(serving + Duration.FromSeconds(119)));
    }

    [Fact]
    public void ANewSystemThatDoesNotServeIsGivenBack()
    {
        UpdateTrial trial = new(new(0));
        Assert.Equal(TrialStep.Wait, trial.OnDeadline(new Instant(0) + Duration.FromSeconds(599)));
        Assert.Equal(TrialStep.GiveBack, trial.OnDeadline(new Instant(0) + UpdateTrial.Patience));
    }

    [Theory]
    [InlineData("MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", true)]
    [InlineData("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", true)]
    [InlineData("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHUQ==", false)]
    [InlineData("not a key", false)]
    [InlineData("", false)]
    public void AKeyIsWhatOpenSslPrints(string text, bool isKey)
    {
        Assert.Equal(isKey, UpdateSection.TryParseKey(text, out byte[] key));
        if (isKey) Assert.Equal("D75A980182B10AB7D54BFED3C964073A0EE172F3DAA62325AF021A68F707511A", Convert.ToHexString(key));
    }
}
