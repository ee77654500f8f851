using System;
using System.Collections.Generic;
using Aglet.Config;

namespace Aglet.Commands;

/// <summary>
/// The options of one command line: <c>--name value</c>, <c>--name=value</c> and flags without a value.
/// </summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _values = [];
    private readonly List<string> _problems = [];

    /// <summary>
    /// Reads a command line; what is not known or lacks its value becomes a line of <see cref="Problems"/>.
    /// </summary>
    /// <param name="arguments">What follows the command's name.</param>
    /// <param name="withValue">Options that take a value.</param>
    /// <param name="flags">Options that take none.</param>
    public Arguments(ReadOnlySpan<string> arguments, ReadOnlySpan<string> withValue, ReadOnlySpan<string> flags)
    {
        for (int i = 0; i < arguments.Length; i++)
        {
            string name = arguments[i];
            string? value = null;
            int equals = name.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0) (name, value) = (name[..equals], name[(equals + 1)..]);
            if (flags.Contains(name))
            {
                if (value is not null) _problems.Add($"{name} takes no value");
                _values[name] = "";
                continue;
            }

            if (!withValue.Contains(name))
            {
                // The value of a mistyped option is no mistake of its own.
                bool isOption = name.StartsWith('-');
                _problems.Add(isOption ? $"{name}: no such option{Hint(name, withValue, flags)}" : $"{name}: not expected here");
                if (isOption && value is null && i + 1 < arguments.Length && !arguments[i + 1].StartsWith('-')) i++;
                continue;
            }

            if (value is null && i + 1 < arguments.Length && !arguments[i + 1].StartsWith("--", StringComparison.Ordinal))
            {
                value = arguments[++i];
            }

            if (string.IsNullOrEmpty(value)) _problems.Add($"{name} needs a value");
            else if (!_values.TryAdd(name, value)) _problems.Add($"{name} is given twice");
        }
    }

    /// <summary>Takes the first argument out that is neither an option nor an option's value; null when there is none.</summary>
    public static string? TakeOperand(List<string> arguments)
    {
        for (int i = 0; i < arguments.Count; i++)
        {
            bool isOption = arguments[i].StartsWith('-');
            if (isOption && !arguments[i].Contains('=', StringComparison.Ordinal)) i++;
            if (isOption) continue;
            string operand = arguments[i];
            arguments.RemoveAt(i);
            return operand;
        }

        return null;
    }

    private static string Hint(string name, ReadOnlySpan<string> withValue, ReadOnlySpan<string> flags)
    {
        string? nearest = NearestName.Find(name, [.. withValue, .. flags]);
        return nearest is null ? "" : $"; did you mean {nearest}?";
    }

    /// <summary>What is wrong with the command line, a line each.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>An option's value, or null when it was not given.</summary>
    public string? Value(string name) => _values.GetValueOrDefault(name);

    /// <summary>True when a flag was given.</summary>
    public bool Has(string name) => _values.ContainsKey(name);
}
