using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Net;

namespace Aglet.Commands;

/// <summary>What <c>aglet explain</c> says to a person.</summary>
/// <param name="configuration">What is served.</param>
/// <param name="knowsServer">False when the server's address is made up.</param>
/// <param name="server">Our address.</param>
internal sealed class ExplainText(Configuration configuration, bool knowsServer, Ipv4Address server)
{
    private static readonly string _standIn = BootExplanation.StandInAddress.ToString();

    private static readonly string _tokenStandIn = new('f', BootToken.TextBytes);

    private readonly StringBuilder _text = new();

    /// <summary>What must be said to a text in which something stands for what is known only when the machine boots.</summary>
    public static IEnumerable<string> NotesOn(byte[] text)
    {
        if (text.AsSpan().IndexOf(Encoding.ASCII.GetBytes(_standIn)) >= 0)
            yield return $"{_standIn} stands for the machine's address, which is known only when it boots";
        if (text.AsSpan().IndexOf(Encoding.ASCII.GetBytes(_tokenStandIn)) >= 0)
            yield return $"{_tokenStandIn} stands for the one-time token, which each boot gets anew; give one with --token";
    }

    /// <summary>Everything, machine after machine.</summary>
    /// <param name="explained">At least one.</param>
    /// <param name="findOthers">Finds the same machine with other firmware, to be told in short.</param>
    public byte[] Write(IReadOnlyList<Explained> explained, Func<IReadOnlyList<Explained>> findOthers)
    {
        foreach (Explained one in explained)
        {
            if (_text.Length > 0) Line("");
            Describe(one);
            if (one == explained[^1])
            {
                if (!knowsServer) Line($"{server} stands for this server's address: give the real one with --server");
                DescribeOthers(findOthers());
            }

            DescribeTexts(one.Boot);
        }

        foreach (string note in NotesOn(Encoding.UTF8.GetBytes(_text.ToString()))) Line(note);
        return Encoding.UTF8.GetBytes(_text.ToString());
    }

    private void Describe(Explained one)
    {
        BootExplanation boot = one.Boot;
        Line($"{boot.Machine} ({one.Hardware}) as {one.Architecture.Name}, {one.Architecture.Description}, "
            + $"with {configuration.Origin}");
        Line($"  {boot.Plan}");
        if (boot.Group.Length > 0) Line($"  by group {boot.Group}");
        Line("");
        DescribeOffer(one);
        foreach (ExplainedImage image in boot.Images) DescribeImage(image);
        Line("");
        Line("Files");
        foreach (ExplainedFile file in boot.Files)
        {
            string size = file.IsMissing ? "MISSING" : file.Size.ToString("N0", CultureInfo.InvariantCulture);
            Line($"  {size,14}  {file.Path}  ({file.Purpose})");
        }

        Line("");
    }

    private void DescribeOffer(Explained one)
    {
        BootExplanation boot = one.Boot;
        Line("DHCP");
        Line($"  boot file    {OrNone(boot.BootFile)}");
        if (boot.IpxeBootFile.Length > 0) Line($"  for iPXE     {boot.IpxeBootFile}");
        string address = boot.Reservation.IsAny ? "from the pool" : boot.Reservation.ToString();
        Line($"  address      {(one.Gives == DhcpMode.Server ? address : "from another server")}");
        if (boot.Offer != OfferKind.Boot) Line($"  because      {boot.Reason}");
        if (one.Silence.Length > 0) Line($"  no offer     {one.Silence}");
        if (!one.HasOffer) return;
        Line("");
        string what = one.Gives == DhcpMode.Proxy ? "The proxy's offer" : "The offer";
        Line($"{what} to its DISCOVER, option by option");
        if (!one.YourAddress.IsAny && boot.Reservation.IsAny) Line($"  {"yiaddr",-30} {one.YourAddress} (if it comes first)");
        else Line($"  {"yiaddr",-30} {one.YourAddress}");
        Line($"  {"siaddr",-30} {one.NextServer}");
        Line($"  {"file",-30} {OrNone(one.File)}");
        foreach (ExplainedOption option in one.Options)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{option.Code,3} {option.Name}");
            Line($"  {name,-30} {option.Value}");
        }
    }

    private void DescribeImage(ExplainedImage image)
    {
        Line("");
        Line($"Image {image.Name}{(image.Kind == ImageKind.Local ? ": the machine's own disk" : "")}");
        if (image.Problem.Length > 0) Line($"  not given: {image.Problem}");
        if (image.Url.Length > 0) Line($"  goes on with {image.Url}");
        if (image.Kind == ImageKind.Kernel) Line($"  command line {OrNone(image.CommandLine)}");
        foreach (ExplainedAnswer answer in image.Answers)
            Line($"  answer file  {answer.Url} ({Configuration.Counted(answer.Text.Length, "byte")})");
    }

    private void DescribeOthers(IReadOnlyList<Explained> others)
    {
        if (others.Count == 0) return;
        Line("With other firmware (--arch) it would begin with");
        foreach (Explained other in others)
        {
            string begins = other.Boot.BootFile.Length > 0 ? other.Boot.BootFile : other.Boot.Reason;
            Line($"  {other.Architecture.Name,-16} {begins}");
        }

        Line("");
    }

    private void DescribeTexts(BootExplanation explanation)
    {
        foreach (ExplainedDocument document in explanation.Documents)
        {
            if (document.Status == ContentStatus.Found) Text(document.Path, document.Text);
        }

        foreach (ExplainedImage image in explanation.Images)
        {
            foreach (ExplainedAnswer answer in image.Answers)
            {
                if (answer.Text.Length > 0) Text(answer.Url, answer.Text);
            }
        }
    }

    private void Text(string title, byte[] text)
    {
        Line($"---- {title}");
        string shown = Encoding.UTF8.GetString(text);
        _text.Append(shown);
        if (!shown.EndsWith('\n')) _text.Append('\n');
    }

    private static string OrNone(string text) => text.Length == 0 ? "none" : text;

    private void Line(string text) => _text.Append(text).Append('\n');
}
