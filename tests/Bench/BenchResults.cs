using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using System.Text.Json;

namespace Aglet.Tests.Bench;

/// <summary>What a row of the table must show.</summary>
/// <param name="Peer">Compared with whom; empty: the number itself is bounded.</param>
/// <param name="Factor">At least so many times the peer's; or the bound.</param>
internal sealed record BenchGoal(string Peer, double Factor);

/// <summary>A row of the table.</summary>
/// <param name="Key">In the raw numbers.</param>
/// <param name="Title">For a reader.</param>
/// <param name="Unit">Of its numbers.</param>
/// <param name="Goals">None: for information.</param>
/// <param name="Note">What a reader must know to judge the row.</param>
internal sealed record BenchRow(string Key, string Title, string Unit, IReadOnlyList<BenchGoal> Goals, string Note = "")
{
    /// <summary>What was noted of each server is part of the table, and not of the raw numbers alone.</summary>
    public bool ShowsNotes { get; init; }
}

/// <summary>All numbers of a run, as they were measured, and what is to be said about them.</summary>
internal sealed class BenchResults
{
    private const string Ours = "aglet";

    private readonly SortedDictionary<string, SortedDictionary<string, List<double>>> _samples = new(StringComparer.Ordinal);
    private readonly List<string> _failures = [];
    private readonly List<string> _peerFailures = [];
    private readonly SortedDictionary<string, List<string>> _notes = new(StringComparer.Ordinal);

    public IReadOnlyList<string> Failures => _failures;

    public void Add(string row, string server, double value)
    {
        if (!_samples.TryGetValue(row, out SortedDictionary<string, List<double>>? servers))
            _samples[row] = servers = new(StringComparer.Ordinal);
        if (!servers.TryGetValue(server, out List<double>? values))
            servers[server] = values = [];
        values.Add(value);
    }

    /// <summary>Null when nothing was measured.</summary>
    public double? MedianOf(string row, string server)
        => _samples.TryGetValue(row, out SortedDictionary<string, List<double>>? servers) ? Median(servers, server) : null;

    public void Fail(string what) => _failures.Add(what);

    /// <summary>A peer that did not do it is named, and the others are compared.</summary>
    public void FailPeer(string what) => _peerFailures.Add(what);

    public void Note(string row, string server, string note)
    {
        string key = $"{row} {server}";
        if (!_notes.TryGetValue(key, out List<string>? notes))
            _notes[key] = notes = [];
        notes.Add(note);
    }

    /// <summary>The table for a person: medians, and behind them the least and the most of the rounds.</summary>
    public string Table(IReadOnlyList<BenchRow> rows)
    {
        StringBuilder text = new();
        foreach (BenchRow row in rows)
        {
            if (!_samples.TryGetValue(row.Key, out SortedDictionary<string, List<double>>? servers))
                continue;
            text.Append(CultureInfo.InvariantCulture, $"{row.Title}{(row.Unit.Length > 0 ? $" ({row.Unit})" : "")}\n");
            if (servers.ContainsKey(Ours))
                AppendServer(text, row, servers, Ours);
            foreach (string server in servers.Keys)
            {
                if (server != Ours)
                    AppendServer(text, row, servers, server);
            }
            foreach (BenchGoal goal in row.Goals)
                AppendGoal(text, row, servers, goal);
            if (row.Note.Length > 0)
                text.Append(CultureInfo.InvariantCulture, $"{"",6}note: {row.Note}\n");
        }
        foreach (string failure in _peerFailures)
            text.Append(CultureInfo.InvariantCulture, $"left out: {failure}\n");
        foreach (string failure in _failures)
            text.Append(CultureInfo.InvariantCulture, $"FAILED: {failure}\n");
        return text.ToString();
    }

    /// <summary>The raw numbers for a program.</summary>
    public void Write(string path, IReadOnlyDictionary<string, string> about)
    {
        var all = new { about, samples = _samples, notes = _notes, failures = _failures, peerFailures = _peerFailures };
        File.WriteAllText(path, JsonSerializer.Serialize(all, _readable) + "\n");
    }

    private static readonly JsonSerializerOptions _readable = new() { WriteIndented = true };

    /// <summary>
    /// What explains a rate: the server's processor time for each unit of work, steadier where a machine is shared, and how
    /// busy the load itself was: near to 1 it was the limit and not the server.
    /// </summary>
    private void AppendServer(
        StringBuilder text, BenchRow row, SortedDictionary<string, List<double>> servers, string server)
    {
        List<double> values = servers[server];
        (double low, double high) = (double.MaxValue, double.MinValue);
        foreach (double value in values)
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        string range = values.Count > 1 ? $"({Figure(low)} to {Figure(high)})" : "";
        text.Append(CultureInfo.InvariantCulture, $"  {server,-14}{Show(servers, server),10} {range,-22}");
        if (server != Ours && Median(servers, Ours) is { } ours && Median(servers, server) is { } theirs && theirs > 0)
            text.Append(CultureInfo.InvariantCulture, $" aglet has {ours / theirs:0.00} x");

        // A peer whose children nobody waits for has no number.
        if (MedianOf(row.Key + ".cpu", server) is { } cpu && cpu > 0)
            text.Append(CultureInfo.InvariantCulture, $"  CPU {Figure(cpu)} us for each MB or request");
        if (MedianOf(row.Key + ".load", server) is { } load)
            text.Append(CultureInfo.InvariantCulture, $"  load's CPU {load:0.00}");
        text.Append('\n');
        if (row.ShowsNotes && _notes.TryGetValue($"{row.Key} {server}", out List<string>? notes))
            text.Append(CultureInfo.InvariantCulture, $"{"",16}{notes[^1]}\n");
    }

    private static void AppendGoal(
        StringBuilder text, BenchRow row, SortedDictionary<string, List<double>> servers, BenchGoal goal)
    {
        if (Median(servers, Ours) is not { } ours)
            return;
        if (goal.Peer.Length == 0)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"{"",6}goal: at most {goal.Factor:0.##} {row.Unit}{(row.Unit.Length > 0 ? ": " : "")}{Verdict(ours <= goal.Factor)}\n");
            return;
        }
        if (Median(servers, goal.Peer) is not { } peer || peer == 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{"",6}goal: {goal.Factor:0.##} x {goal.Peer}: {goal.Peer} was not measured\n");
            return;
        }
        double ratio = ours / peer;
        (double low, double high) = RatiosOfRounds(servers[Ours], servers[goal.Peer], ratio);

        // Where single rounds say this and that, the median of a few of them decides nothing.
        string verdict = low < goal.Factor && high >= goal.Factor ? "UNCLEAR, rounds lie on both sides" : Verdict(ratio >= goal.Factor);
        text.Append(CultureInfo.InvariantCulture,
            $"{"",6}goal: at least {goal.Factor:0.##} x {goal.Peer}: {ratio:0.00} x (rounds {low:0.00} to {high:0.00}): {verdict}\n");
    }

    /// <summary>The smallest and largest ratio within a round, whose two numbers met the same weather.</summary>
    private static (double Low, double High) RatiosOfRounds(List<double> ours, List<double> peers, double all)
    {
        (double low, double high) = (all, all);
        for (int i = 0; i < ours.Count && ours.Count == peers.Count; i++)
        {
            double ratio = ours[i] / Math.Max(peers[i], 1e-9);
            (low, high) = (Math.Min(low, ratio), Math.Max(high, ratio));
        }
        return (low, high);
    }

    private static string Verdict(bool isReached) => isReached ? "reached" : "NOT REACHED";

    private static string Show(SortedDictionary<string, List<double>> servers, string server)
    {
        if (Median(servers, server) is not { } median)
            return "-";
        return Figure(median);
    }

    private static string Figure(double value)
        => value.ToString(value >= 1000 ? "N0" : value >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);

    private static double? Median(SortedDictionary<string, List<double>> servers, string server)
    {
        if (!servers.TryGetValue(server, out List<double>? values) || values.Count == 0)
            return null;
        List<double> sorted = [.. values];
        sorted.Sort();
        int middle = sorted.Count / 2;
        return sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
