using System;

namespace Aglet.Config;

/// <summary>
/// What is served without a configuration file: Debian's installer as a menu entry, addresses from elsewhere.
/// </summary>
/// <remarks>
/// Nothing is installed by itself and no address is given: whoever runs this beside a router changes nothing for
/// machines that are not told to boot from the network. The tree is what <c>make tree</c> makes.
/// </remarks>
internal static class DefaultConfig
{
    /// <summary>What messages call it.</summary>
    public const string Name = "(built-in configuration)";

    public static ReadOnlySpan<byte> Text =>
        """
        {
          "dhcp": { "mode": "proxy" },
          "menu": { "title": "Aglet network boot", "timeout": "30s", "default": "disk" },
          "images": {
            "disk": { "title": "Boot from this machine's own disk", "local": true },
            "debian": {
              "title": "Install Debian (you answer its questions)",
              "arch": "x64",
              "kernel": "debian/amd64/linux",
              "initrd": "debian/amd64/initrd.gz"
            },
            "debian-arm64": {
              "title": "Install Debian for ARM64 (you answer its questions)",
              "arch": "arm64",
              "kernel": "debian/arm64/linux",
              "initrd": "debian/arm64/initrd.gz"
            }
          },
          "unknown": "menu"
        }
        """u8;
}
