using System;
using System.Runtime.CompilerServices;
using Aglet.Core;

namespace Aglet.Linux;

/// <summary>
/// The runtime's second thread, which runs finalizers and is there before our first line. What a process has by thread,
/// signal masks and capabilities, a thread changes only for itself: so a finalizer is what does it there.
/// </summary>
internal static class FinalizerThread
{
    private static Action _work = static () => { };
    private static volatile bool _isDone;

    /// <summary>Runs something on that thread and waits for it. Start-up only: it collects garbage.</summary>
    public static void Run(Action work)
    {
        _work = work;
        _isDone = false;
        for (int attempt = 0; attempt < 3 && !_isDone; attempt++)
        {
            Abandon();
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Check.That(_isDone);
    }

    /// <summary>In a frame of its own, so that no register of the caller keeps the object alive.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Abandon() => _ = new Errand();

    /// <summary>An object whose only purpose is to be finalized, for the thread that this happens on.</summary>
    private sealed class Errand
    {
        ~Errand()
        {
            _work();
            _isDone = true;
        }
    }
}
