using System;
using Aglet.Kernel;

namespace Aglet.Linux;

/// <summary>
/// Standard output, for commands that print and end: it waits for a slow reader, and says when there is none.
/// </summary>
internal static unsafe class OutputStream
{
    private const int Handle = 1;

    public static SysResult Write(ReadOnlySpan<byte> text)
    {
        int written = 0;
        fixed (byte* bytes = text)
        {
            while (written < text.Length)
            {
                SysResult result = SystemCall.Result(Libc.write(Handle, bytes + written, (nuint)(text.Length - written)));
                if (result.Errno == Errno.Interrupted) continue;
                if (result.IsError) return result;
                written += result.Count;
            }
        }

        return SysResult.Ok(written);
    }
}
