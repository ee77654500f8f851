using Aglet.Core;
using Aglet.Kernel;

using static Aglet.Linux.LibcConstants;

namespace Aglet.Linux;

/// <summary>SIGTERM, SIGINT and SIGHUP as something to read: they wait in a signalfd until the loop asks.</summary>
/// <remarks>
/// A signal sent to a process goes to any thread that does not block it, and the runtime has a second thread, which
/// runs finalizers, before our first line runs. Were it left alone, SIGTERM would end the process there (and be
/// lost as PID 1). A mask is set only by its own thread, so a finalizer is what blocks the signals in that one.
/// Whatever thread is started afterwards inherits the mask.
/// </remarks>
internal sealed unsafe class SignalIntake
{
    private readonly bool _isFirstProcess;
    private bool _isRestartPending;
    private bool _isStopPending;
    private bool _isReloadPending;

    /// <param name="isFirstProcess">
    /// Of a machine: the kernel says Ctrl-Alt-Del by SIGINT, which then means to start again.
    /// </param>
    public SignalIntake(bool isFirstProcess = false)
    {
        _isFirstProcess = isFirstProcess;
        // A peer that went away is an errno. sendfile has no flag that says so.
        _ = Libc.signal(SIGPIPE, SIG_IGN);
        Block();
        FinalizerThread.Run(Block);
        sigset_t signals = Signals();
        Handle = Libc.signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
        Check.That(Handle >= 0);
    }

    /// <summary>Readable when a signal came.</summary>
    public int Handle { get; }

    /// <summary>Reads what came; signals of one kind that came together count once.</summary>
    public void Read()
    {
        signalfd_siginfo signal = default;
        while (true)
        {
            SysResult result = SystemCall.Result(Libc.read(Handle, &signal, (nuint)sizeof(signalfd_siginfo)));
            if (result.Errno == Errno.Interrupted) continue;
            if (result.IsError) return;
            if (signal.ssi_signo == SIGHUP) _isReloadPending = true;
            else if (signal.ssi_signo == SIGINT && _isFirstProcess) _isRestartPending = true;
            else _isStopPending = true;
        }
    }

    /// <summary>The next signal; a stop first, because what was to be reloaded no longer matters then.</summary>
    public KernelSignal Take()
    {
        if (_isStopPending)
        {
            _isStopPending = false;
            return KernelSignal.Stop;
        }

        if (_isRestartPending)
        {
            _isRestartPending = false;
            return KernelSignal.Restart;
        }

        bool reload = _isReloadPending;
        _isReloadPending = false;
        return reload ? KernelSignal.Reload : KernelSignal.None;
    }

    public void Close() => _ = Libc.close(Handle);

    private static sigset_t Signals()
    {
        sigset_t signals = default;
        signals.Add(SIGTERM);
        signals.Add(SIGINT);
        signals.Add(SIGHUP);
        return signals;
    }

    private static void Block()
    {
        sigset_t signals = Signals();
        Check.That(Libc.pthread_sigmask(SIG_BLOCK, &signals, null) == 0);
    }
}
