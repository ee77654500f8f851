using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Aglet.Core;

/// <summary>An invariant that holds in every build. What fails here is our own bug, never a peer's.</summary>
internal static class Check
{
    /// <summary>Lets go of what would be lost with the process, such as the lines of the log that led to the failure.</summary>
    public static Action? BeforeFailure { get; set; }

    /// <summary>
    /// Stops the process at once, naming the broken expression: going on could corrupt what we serve.
    /// </summary>
    public static void That(
        [DoesNotReturnIf(false)] bool condition,
        [CallerArgumentExpression(nameof(condition))] string expression = "",
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        if (!condition) Fail(expression, file, line);
    }

    /// <summary>
    /// Called before the end: the first process of a machine says it on the console and restarts the machine, which would
    /// else stop. Null in every other process.
    /// </summary>
    public static Action<string>? LastWords { get; set; }

    [DoesNotReturn]
    private static void Fail(string expression, string file, int line)
    {
        Action? before = BeforeFailure;
        Action<string>? lastWords = LastWords;
        (BeforeFailure, LastWords) = (null, null); // they may fail themselves
        before?.Invoke();
        string words = $"invariant broken: {expression} ({file}:{line})";
        lastWords?.Invoke(words);
        Environment.FailFast(words);
    }
}
