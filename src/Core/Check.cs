using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Aglet.Core;

/// <summary>An invariant that holds in every build. What fails here is our own bug, never a peer's.</summary>
internal static class Check
{
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

    [DoesNotReturn]
    private static void Fail(string expression, string file, int line) =>
        Environment.FailFast($"invariant broken: {expression} ({file}:{line})");
}
