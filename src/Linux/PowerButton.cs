using System.Collections.Generic;
using Aglet.Kernel;

using static Aglet.Linux.LibcConstants;

namespace Aglet.Linux;

/// <summary>The power button, as the kernel's input layer has it: a key of /dev/input/event….</summary>
internal static unsafe class PowerButton
{
    /// <summary>Opens every input device: which of them has the button shows when it is pressed.</summary>
    public static List<int> Open()
    {
        List<int> handles = [];
        foreach (string name in SystemFiles.Names("/dev/input"))
        {
            if (!name.StartsWith("event", System.StringComparison.Ordinal)) continue;
            SysResult opened = SystemFiles.Open("/dev/input/" + name, O_RDONLY);
            if (!opened.IsError) handles.Add(opened.Count);
        }

        return handles;
    }

    /// <summary>Reads what was pressed since.</summary>
    /// <param name="handle">One of <see cref="Open"/>.</param>
    /// <param name="isGone">The device is not there any more.</param>
    public static bool WasPressed(int handle, out bool isGone)
    {
        bool pressed = false;
        input_event happened;
        while (true)
        {
            SysResult read = SystemCall.Result(Libc.read(handle, &happened, (nuint)sizeof(input_event)));
            isGone = read.IsError && !read.WouldBlock;
            if (read.IsError || read.Count < sizeof(input_event)) return pressed;
            pressed |= happened.type == EV_KEY && happened.code == KEY_POWER && happened.value == 1;
        }
    }
}
