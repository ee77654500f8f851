using System;
using Aglet.Net;

namespace Aglet.Boot;

/// <summary>
/// The names for a DHCP server that can tell everybody but one file name: by each of them every client is given the boot
/// program of its own architecture, as far as that was heard.
/// </summary>
/// <remarks>
/// The ends are there for what looks at them: EDK2 goes by <c>.efi</c> for HTTP, gPXE by <c>.kpxe</c>. They say what is
/// given to a client of which nothing is known, and nothing else.
/// </remarks>
internal static class FixedNames
{
    /// <summary>True for such a name, in whatever folder: the router's owner may have had to write one.</summary>
    public static bool Contains(ReadOnlySpan<byte> key)
    {
        ReadOnlySpan<byte> leaf = key[(key.LastIndexOf((byte)'/') + 1)..];
        return leaf.SequenceEqual("aglet"u8) || leaf.SequenceEqual("aglet.efi"u8)
            || leaf.SequenceEqual("aglet.0"u8) || leaf.SequenceEqual("aglet.kpxe"u8);
    }

    /// <summary>What a client is taken for that was not heard: UEFI on x64 is most of what boots today.</summary>
    public static ClientArchitecture DefaultFor(ReadOnlySpan<byte> key) =>
        ClientArchitecture.All[key.EndsWith(".0"u8) || key.EndsWith(".kpxe"u8) ? 0 : 7];
}
