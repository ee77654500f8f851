using System;
using System.Text;
using Aglet.Linux;
using Aglet.Wire;

namespace Aglet.Appliance;

/// <summary>What the status screen tells; texts that change seldom.</summary>
internal sealed record StatusView
{
    public string Version { get; init; } = "";

    public string HostName { get; init; } = "";

    /// <summary>The card and its driver; what is waited for when there is none.</summary>
    public string Link { get; init; } = "";

    /// <summary>Where it can be reached.</summary>
    public string Address { get; init; } = "";

    /// <summary>What it does: DHCP's mode, or safe mode.</summary>
    public string Mode { get; init; } = "";

    /// <summary>What needs a person; empty when nothing does.</summary>
    public string Problem { get; init; } = "";

    /// <summary>How to change something.</summary>
    public string Hint { get; init; } = "";
}

/// <summary>The appliance's screen: 80 columns of text with the few escape sequences that the Linux console knows.</summary>
internal static class StatusScreen
{
    /// <summary>Room for any screen.</summary>
    public const int BytesMax = 8192;

    private const int Columns = 79;

    /// <summary>Renders the screen.</summary>
    /// <param name="view">What it tells.</param>
    /// <param name="events">The last lines of the log; null for none.</param>
    /// <param name="uptimeSeconds">Since the machine started.</param>
    /// <param name="transfers">Downloads running now.</param>
    /// <param name="target">At least <see cref="BytesMax"/>.</param>
    /// <returns>Bytes written.</returns>
    public static int Render(
        StatusView view, ConsoleEvents? events, long uptimeSeconds, int transfers, Span<byte> target)
    {
        WireWriter writer = new(target);
        writer.Bytes("\e[H\e[0;7m"u8);
        Line(ref writer, $" Aglet {view.Version}  {view.HostName}  up {Uptime(uptimeSeconds)}", isPadded: true);
        writer.Bytes("\e[0m"u8);
        Line(ref writer, "");
        Line(ref writer, $"  network    {view.Link}");
        Line(ref writer, $"  address    {view.Address}");
        Line(ref writer, $"  mode       {view.Mode}");
        Line(ref writer, $"  downloads  {transfers}");
        Line(ref writer, "");
        if (view.Problem.Length > 0)
        {
            writer.Bytes("\e[1;31m"u8);
            foreach (string line in view.Problem.Split('\n')) Line(ref writer, "  " + line);
            writer.Bytes("\e[0m"u8);
            Line(ref writer, "");
        }

        Line(ref writer, "  last events");
        for (int i = 0; i < ConsoleEvents.Lines; i++)
        {
            ReadOnlySpan<byte> text = events is null ? default : events.Line(i);
            if (text.Length > 0) Line(ref writer, "  " + Encoding.UTF8.GetString(text));
        }

        Line(ref writer, "");
        Line(ref writer, "  " + view.Hint);
        writer.Bytes("\e[J"u8);
        return writer.Length;
    }

    /// <summary>Days, hours and minutes.</summary>
    public static string Uptime(long seconds) => seconds switch
    {
        < 60 => $"{seconds} s",
        < 3600 => $"{seconds / 60} min",
        < 86400 => $"{seconds / 3600} h {seconds / 60 % 60} min",
        _ => $"{seconds / 86400} d {seconds / 3600 % 24} h",
    };

    private static void Line(ref WireWriter writer, string text, bool isPadded = false)
    {
        if (text.Length > Columns) text = text[..Columns];
        foreach (char letter in isPadded ? text.PadRight(Columns) : text)
        {
            // The console's font has no more than ASCII for sure, and no event may move the cursor.
            writer.U8(letter is >= ' ' and < '\x7F' ? (byte)letter : (byte)'?');
        }

        writer.Bytes("\e[K\r\n"u8);
    }
}
