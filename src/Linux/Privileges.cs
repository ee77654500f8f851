using Aglet.Kernel;

using static Aglet.Linux.LibcConstants;

namespace Aglet.Linux;

/// <summary>
/// What the process may: all of root at most, then what opening the ports needs, and at last nothing.
/// </summary>
/// <remarks>
/// Capabilities belong to a thread, and the runtime has a second one: whatever is given up is given up in both. Nothing that
/// the loop does later needs any: transfers have ports above 1023, and the other sockets are open by then.
/// </remarks>
internal static unsafe class Privileges
{
    /// <summary>To open low ports, to send and hear frames, and to have receive buffers beyond the system's limit.</summary>
    private const uint ForSockets = (1u << CAP_NET_BIND_SERVICE) | (1u << CAP_NET_ADMIN) | (1u << CAP_NET_RAW);

    /// <summary>
    /// A root that names no user reads whatever it is pointed at, in anybody's home, as it always could; a tree and
    /// templates are read at any time.
    /// </summary>
    private const uint ForFilesOfOthers = 1u << CAP_DAC_OVERRIDE;

    /// <summary>The kernel refuses a number beyond its last capability; today that is 40.</summary>
    private const int CapabilitiesMax = 64;

    /// <summary>Becomes somebody else, for good, and keeps of root's rights those that opening sockets needs.</summary>
    /// <returns><see cref="Errno.NotPermitted"/> for who is not root; nothing has changed then.</returns>
    public static SysResult Become(uint user, uint group)
    {
        if (Libc.geteuid() == user && Libc.getegid() == group) return SysResult.Ok();
        if (!MayBecome()) return SysResult.Failed(Errno.NotPermitted);
        uint kept = Permitted() & ForSockets;

        // While we still may.
        DropBounds();
        FinalizerThread.Run(DropBounds);
        _ = Libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
        SysResult changed = SystemCall.Result(Libc.setgroups(0, null));
        if (!changed.IsError) changed = SystemCall.Result(Libc.setresgid(group, group, group));
        if (!changed.IsError) changed = SystemCall.Result(Libc.setresuid(user, user, user));
        if (changed.IsError) return changed;
        Have(user == 0 ? kept | (Permitted() & ForFilesOfOthers) : kept);
        return SysResult.Ok();
    }

    /// <summary>Makes usable what the file or the one who started us granted.</summary>
    public static void UseWhatIsGranted() => Have(Permitted());

    /// <summary>Gives up every capability, and the ways to get one back.</summary>
    /// <returns>The user that we are.</returns>
    public static SysResult GiveUp()
    {
        GiveUpInThread();
        FinalizerThread.Run(GiveUpInThread);

        // No other program of this user reads the secrets of answer files in our memory, nor does a core file have them.
        _ = Libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        return SysResult.Ok(Libc.geteuid());
    }

    private static void GiveUpInThread()
    {
        DropBounds();
        _ = Libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        Have(Libc.geteuid() == 0 ? Permitted() & ForFilesOfOthers : 0);

        // A program that we started, which we never do, could not get more than this by its file either.
        _ = Libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    }

    /// <summary>Refused where CAP_SETPCAP is not ours; then no_new_privs alone has to do.</summary>
    private static void DropBounds()
    {
        for (nuint capability = 0; capability < CapabilitiesMax; capability++)
        {
            if (Libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return;
        }
    }

    private static bool MayBecome()
    {
        const uint Needed = (1u << CAP_SETUID) | (1u << CAP_SETGID);
        return (Permitted() & Needed) == Needed;
    }

    /// <summary>The calling thread's first 32 capabilities; none of the others is of use to us.</summary>
    private static uint Permitted()
    {
        cap_header header = new() { version = LINUX_CAPABILITY_VERSION_3 };
        cap_data* data = stackalloc cap_data[2];
        return Libc.capget(&header, data) == 0 ? data[0].permitted : 0;
    }

    /// <summary>The calling thread has these, which it had already, and no other; nothing is inherited from it.</summary>
    private static void Have(uint capabilities)
    {
        cap_header header = new() { version = LINUX_CAPABILITY_VERSION_3 };
        cap_data* data = stackalloc cap_data[2];
        data[0] = new() { effective = capabilities, permitted = capabilities };
        data[1] = default;
        _ = Libc.capset(&header, data);
    }
}
