using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Aglet.Tests.Lab;
using Xunit;

namespace Aglet.Tests.Conformance;

/// <summary>The suite itself: its table, and that it finds faults where there are faults.</summary>
public sealed class ConformanceTests
{
    /// <summary>What the broken server does wrong, row by row.</summary>
    private static readonly string[] _broken =
    [
        "tftp-new-tid", "tftp-sorcerer", "tftp-future-ack", "tftp-missing", "tftp-write", "tftp-mode-unknown", "tftp-netascii",
        "tftp-error-ends", "tftp-error-to-69", "tftp-folder", "tftp-unknown-option", "tftp-unknown-beside-known", "tftp-option-twice",
        "tftp-blksize-7", "tftp-blksize-0", "tftp-tsize", "tftp-timeout-0", "tftp-window-0",
        "http-method-case", "http-0.9", "http-no-host", "http-two-hosts", "http-version-2", "http-space-before-colon", "http-no-colon",
        "http-close-said", "http-bad-closes", "http-cl-word", "http-cl-differing", "http-cl-and-te",
        "http-te-1.0", "http-body", "http-chunked", "http-continue-smuggle", "http-head", "http-404",
        "http-date", "http-last-modified", "http-etag", "http-content-type", "http-percent", "http-query", "http-delete", "http-501",
        "http-options", "http-if-none-match-any", "http-if-modified-since", "http-if-match-other", "http-if-unmodified-since",
        "http-range", "http-range-suffix", "http-range-behind", "http-range-none-of-many", "http-accept-ranges", "http-grub-seek",
        "http-edk2-type", "http-ipxe-reason", "http-arch-probe",
    ];

    /// <summary>What it does right all the same.</summary>
    private static readonly string[] _right =
    [
        "tftp-first-block", "tftp-empty-file", "tftp-exact-block", "tftp-513", "tftp-short-last", "tftp-lock-step", "tftp-mode-upper",
        "tftp-two-clients", "http-get", "http-get-big", "http-persistent", "http-pipeline", "http-byte-by-byte",
        "http-half-closed", "http-unknown-field", "http-range-unit", "http-ranges", "http-if-range-alone", "http-grub-spelling",
    ];

    [Fact]
    public void EveryRowHasANameOfItsOwnAndASource()
    {
        Assert.Equal(Requirements.All.Count, Requirements.All.Select(row => row.Id).Distinct().Count());
        Assert.All(Requirements.All, row => Assert.True(row.Section.Length > 0 && row.Says.EndsWith('.'), row.Id));
        Assert.All(Requirements.Tftp, row => Assert.StartsWith("tftp-", row.Id, StringComparison.Ordinal));
        Assert.All(Requirements.Http, row => Assert.StartsWith("http-", row.Id, StringComparison.Ordinal));
        Assert.True(Requirements.Tftp.Count >= 60 && Requirements.Http.Count >= 80);
    }

    [Fact]
    public void NoMustIsLeftUndone()
    {
        Assert.All(Requirements.NotDone, undone =>
            Assert.Equal(RequirementLevel.Should, Requirements.All.Single(row => row.Id == undone.Key).Level));
    }

    [Fact]
    public void ABrokenServerFailsTheRowsOfWhatItBreaks()
    {
        string folder = Directory.CreateTempSubdirectory("aglet-conformance-").FullName;
        try
        {
            ConformanceTarget.FillTree(Path.Combine(folder, "tree"));
            using BrokenServer server = new(Path.Combine(folder, "tree"));
            Dictionary<string, Outcome> outcomes = ConformanceRun.All(
                server.Target, [.. Requirements.All.Where(row => _broken.Contains(row.Id) || _right.Contains(row.Id))], null, triesAgain: false)
                .ToDictionary(outcome => outcome.Row.Id);
            Assert.Equal([], _broken.Where(id => outcomes[id].Verdict != Verdict.Fail).Select(id => $"{id}: {outcomes[id]}"));
            Assert.Equal([], _right.Where(id => outcomes[id].Verdict != Verdict.Pass).Select(id => $"{id}: {outcomes[id].Seen}"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

/// <summary>The suite against the real binary and against peers, over real sockets.</summary>
[Trait("Category", "Lab")]
public sealed class ConformanceLabTests
{
    [Fact]
    public void TheApplianceDoesWhatTftpRequires() => Passes(Requirements.Tftp);

    [Fact]
    public void TheApplianceDoesWhatHttpRequires() => Passes(Requirements.Http);

    /// <summary>dnsmasq sends netascii as octets, grants blocks of no bytes, and answers an ERROR.</summary>
    [Fact]
    public void TheSuiteFindsWhatDnsmasqDoesNot() => Finds(
        ConformanceServer.Dnsmasq, ["tftp-netascii", "tftp-blksize-0", "tftp-error-to-69", "tftp-same-request", "tftp-other-case"],
        ["tftp-first-block", "tftp-sorcerer", "tftp-retransmit", "tftp-wrong-tid-error", "tftp-missing", "tftp-tsize", "tftp-asked-address"]);

    /// <summary>busybox's httpd closes after each answer and looks at few fields.</summary>
    [Fact]
    public void TheSuiteFindsWhatBusyboxDoesNot() => Finds(
        ConformanceServer.BusyboxHttpd, ["http-persistent", "http-no-host", "http-two-hosts", "http-cl-word", "http-range-suffix", "http-date-asctime"],
        ["http-get", "http-get-big", "http-404", "http-range", "http-date", "http-head-missing", "http-1.0-closes"]);

    private static void Passes(IReadOnlyList<Requirement> rows)
    {
        Outcome[] outcomes = ConformanceServer.Aglet.Try(rows);
        Assert.Equal(rows.Count, outcomes.Length);
        Assert.Equal([], outcomes.Where(Requirements.IsFailure)
            .Select(outcome => $"{outcome.Row.Id} ({outcome.Row.Section}): {outcome.Row.Says} Seen: {outcome.Seen}"));

        // What is left undone must still be undone, or the list is a lie.
        Assert.Equal([], outcomes.Where(outcome => outcome.Verdict == Verdict.Pass && Requirements.NotDone.ContainsKey(outcome.Row.Id))
            .Select(outcome => $"{outcome.Row.Id} is done: take it from the list"));
    }

    private static void Finds(ConformanceServer peer, string[] fails, string[] passes)
    {
        string[] all = [.. fails, .. passes];
        Outcome[] outcomes = peer.Try([.. Requirements.All.Where(row => all.Contains(row.Id))]);
        Assert.Equal(all.Order(), outcomes.Select(outcome => outcome.Row.Id).Order());
        Assert.Equal(fails.Order(), outcomes.Where(outcome => outcome.Verdict == Verdict.Fail).Select(outcome => outcome.Row.Id).Order());
    }
}
