using System;
using System.Globalization;
using Aglet.Core;

namespace Aglet.Config;

/// <summary>Reads <c>tftp</c>: of the site, and what a machine or a group says of its own.</summary>
internal static class TftpSection
{
    public static TftpSetting ReadSite(ConfigReport report, ConfigSection top)
    {
        if (!top.TryGetObject("tftp", out ConfigNode? node)) return TftpSetting.Default;
        ConfigSection section = new(node, report, ConfigKeys.Tftp);
        TftpSetting setting = TftpSetting.Default with
        {
            IsSinglePort = section.GetFlag("single-port") ?? false,
            Grant = ReadGrant(section).Over(TftpSetting.Default.Grant),
        };
        const string Expected = "the first and the last port for transfers such as \"30000-30010\"";
        if (!section.TryGetText("ports", Expected, out ConfigNode? ports)) return setting;
        int dash = ports.Text.IndexOf('-', StringComparison.Ordinal);
        bool isGood = TryReadPort(dash < 0 ? ports.Text : ports.Text[..dash], out ushort first)
            & TryReadPort(ports.Text[(dash + 1)..], out ushort last);
        if (!isGood || first > last)
        {
            report.Error(ports, $"expected {Expected} from 1024 to 65535, found {ports.Describe()}");
        }
        else if (setting.IsSinglePort)
        {
            report.Error(ports, "expected no \"ports\" beside \"single-port\": then all transfers use port 69");
        }

        return setting with { FirstPort = first, LastPort = last };
    }

    /// <summary>What a machine or a group says.</summary>
    public static TftpGrant Read(ConfigReport report, ConfigSection owner) =>
        owner.TryGetObject("tftp", out ConfigNode? node)
            ? ReadGrant(new(node, report, ConfigKeys.TftpGrant))
            : default;

    private static TftpGrant ReadGrant(ConfigSection section) => new(
        section.TryGetNumber("blksize", 512, Limits.TftpBlockBytesMax, out uint block) ? (int)block : null,
        section.TryGetNumber("windowsize", 1, Limits.TftpWindowBlocksMax, out uint window) ? (int)window : null,
        section.TryGetNumber("rollover", 0, 1, out uint rollover) ? rollover == 1 : null);

    private static bool TryReadPort(string text, out ushort port) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port >= 1024;
}
