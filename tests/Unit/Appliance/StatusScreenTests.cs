using System;
using System.Text;
using Aglet.Appliance;
using Aglet.Linux;
using Xunit;

namespace Aglet.Tests.Unit.Appliance;

public sealed class StatusScreenTests
{
    private static readonly StatusView _view = new()
    {
        Version = "1.2.3",
        HostName = "boot1",
        Link = "eth0, 52:54:00:00:00:01, link up",
        Address = "10.0.0.1/24   http://10.0.0.1/",
        Mode = "DHCP server",
        Hint = "to change something: edit aglet.json on the card",
    };

    [Fact]
    public void TheScreenTellsWhatAPersonWantsToKnow()
    {
        ConsoleEvents events = new();
        events.Add("12:00:00 node1: offers 10.0.0.11\n"u8);
        events.Add("12:00:01 node1: \u001b[2J\n"u8);
        const string Expected =
            """
             Aglet 1.2.3  boot1  up 1 h 2 min

              network    eth0, 52:54:00:00:00:01, link up
              address    10.0.0.1/24   http://10.0.0.1/
              mode       DHCP server
              downloads  3

              last events
              12:00:00 node1: offers 10.0.0.11
              12:00:01 node1: ?[2J

              to change something: edit aglet.json on the card

            """;
        Assert.Equal(Expected, Render(_view, events, 3725, 3));
    }

    [Fact]
    public void AProblemStandsAboveTheEvents()
    {
        string text = Render(_view with { Problem = "line 1\nline 2" }, null, 5, 0);
        Assert.Contains("\n  line 1\n  line 2\n\n  last events\n", text, StringComparison.Ordinal);
        Assert.Contains("up 5 s", text, StringComparison.Ordinal);
    }

    [Fact]
    public void NoLineIsWiderThanTheTerminalAndTheScreenFits()
    {
        ConsoleEvents events = new();
        for (int i = 0; i < 50; i++) events.Add(Encoding.ASCII.GetBytes(new string('x', 500)));
        string text = Render(_view with { Address = new string('y', 200), Problem = new string('z', 200) }, events, 1_000_000, 99);
        string[] lines = text.Split('\n');
        Assert.All(lines, line => Assert.True(line.Length < 80));
        Assert.True(lines.Length <= 25, $"{lines.Length} lines");
    }

    /// <summary>The text without the terminal's sequences.</summary>
    private static string Render(StatusView view, ConsoleEvents? events, long uptime, int transfers)
    {
        byte[] target = new byte[StatusScreen.BytesMax];
        int written = StatusScreen.Render(view, events, uptime, transfers, target);
        string text = Encoding.ASCII.GetString(target, 0, written);
        text = System.Text.RegularExpressions.Regex.Replace(text, "\e\\[[0-9;]*[A-Za-z]", "");
        return System.Text.RegularExpressions.Regex.Replace(text, " *\r\n", "\n");
    }
}
