using System;
using System.Collections.Generic;

namespace Aglet.Tests.Conformance;

/// <summary>How binding a requirement is.</summary>
internal enum RequirementLevel
{
    Must,
    Should,
    May,

    /// <summary>No standard says it, but a client that exists breaks without it.</summary>
    Client,
}

/// <summary>One row of the suite.</summary>
/// <param name="Id">What it is called in the matrix; begins with the protocol.</param>
/// <param name="Section">The document and section, or the client.</param>
/// <param name="Level">How binding it is.</param>
/// <param name="Says">What is required, in a sentence.</param>
/// <param name="Check">Talks to the server; throws <see cref="NotConforming"/> with what it saw, or <see cref="NotApplicable"/>.</param>
internal sealed record Requirement(
    string Id, string Section, RequirementLevel Level, string Says, Action<ConformanceTarget> Check);

/// <summary>What a row came to.</summary>
internal enum Verdict
{
    Pass,
    Fail,

    /// <summary>The server lacks what the requirement is about, such as an optional option.</summary>
    Unclear,
}

/// <summary>A row that was tried.</summary>
/// <param name="Row">The requirement.</param>
/// <param name="Verdict">What it came to.</param>
/// <param name="Seen">What was seen instead; empty when it passed.</param>
internal sealed record Outcome(Requirement Row, Verdict Verdict, string Seen);

/// <summary>The server did something else than required.</summary>
internal sealed class NotConforming(string seen) : Exception(seen);

/// <summary>The requirement has no object here.</summary>
internal sealed class NotApplicable(string why) : Exception(why);

/// <summary>The words in which rows say what they want.</summary>
internal static class Demand
{
    /// <summary>Fails the row unless a condition holds.</summary>
    public static void That(bool holds, string seen)
    {
        if (!holds) throw new NotConforming(seen);
    }

    /// <summary>Fails the row unless the bytes are those of the file.</summary>
    public static void Same(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> seen)
    {
        int common = expected.CommonPrefixLength(seen);
        That(common == expected.Length && common == seen.Length,
            $"{seen.Length} bytes instead of {expected.Length}, the same up to {common}");
    }

    /// <summary>Says that the row has no object unless a condition holds.</summary>
    public static void Applies(bool holds, string why)
    {
        if (!holds) throw new NotApplicable(why);
    }
}

/// <summary>All rows.</summary>
internal static class Requirements
{
    public static IReadOnlyList<Requirement> Tftp { get; } =
        [.. TftpRequirements.Rows, .. TftpOptionRequirements.Rows, .. TftpClientRequirements.Rows];

    public static IReadOnlyList<Requirement> Http { get; } =
    [
        .. HttpMessageRequirements.Rows, .. HttpFramingRequirements.Rows, .. HttpSemanticsRequirements.Rows,
        .. HttpRangeRequirements.Rows, .. HttpClientRequirements.Rows,
    ];

    public static IReadOnlyList<Requirement> All { get; } = [.. Tftp, .. Http];

    /// <summary>What our server leaves undone on purpose, and why. Never a MUST.</summary>
    public static IReadOnlyDictionary<string, string> NotDone { get; } = new Dictionary<string, string>();

    /// <summary>What has no object in our server, and why.</summary>
    public static IReadOnlyDictionary<string, string> WithoutObject { get; } = new Dictionary<string, string>();

    /// <summary>True when our server should have done it.</summary>
    public static bool IsFailure(Outcome outcome) => outcome.Verdict switch
    {
        Verdict.Pass => false,
        Verdict.Fail => !NotDone.ContainsKey(outcome.Row.Id),
        _ => !WithoutObject.ContainsKey(outcome.Row.Id),
    };
}
