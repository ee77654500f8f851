using System.Runtime.InteropServices;
using Aglet.Kernel;

namespace Aglet.Linux;

/// <summary>Turns what libc answered into a <see cref="SysResult"/>.</summary>
/// <remarks>
/// errno is read straight after the call. That is sound: the runtime keeps errno over the return from a call even
/// when a collection must be waited for there, and its own <c>SetLastError</c> stubs rely on the same.
/// </remarks>
internal static class SystemCall
{
    /// <summary>The answer, or errno when it is negative.</summary>
    public static SysResult Result(nint answer) =>
        answer >= 0 ? SysResult.Ok(answer) : SysResult.Failed((Errno)Marshal.GetLastSystemError());
}
