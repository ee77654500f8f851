using System;
using System.Text;
using Aglet.Boot;
using Aglet.Core;
using Aglet.Net;
using Xunit;
using static Aglet.Tests.Unit.Boot.BootFixture;

namespace Aglet.Tests.Unit.Boot;

public sealed class UBootScriptTests
{
    /// <summary>The header as Python's zlib and struct make it for the same script.</summary>
    private const string Header =
        "27051956850311d400000000000000480000000000000000908ef0100502060041676c6574";

    [Fact]
    public void ItIsALegacyImageThatSendsUBootToPxelinux()
    {
        BootPlanner planner = new(Catalog());
        Asker asker = new(Address1, OurAddress, FileProtocol.Tftp);
        Assert.Equal(ContentStatus.Found, planner.Find(At(0), "boot.scr.uimg"u8, asker, out Content content));
        Assert.Equal(MediaType.OctetStream, content.Media);
        byte[] room = new byte[Limits.DocumentBytes];
        Span<byte> image = room.AsSpan(0, BootPlanner.Render(content.Document, room));
        Assert.StartsWith(Header, Convert.ToHexStringLower(image[..64]), StringComparison.Ordinal);
        Assert.Equal("pxe get && pxe boot", Encoding.ASCII.GetString(image[72..]).Split('\n')[1]);
    }

    [Fact]
    public void TheOperatorsOwnScriptWins()
    {
        BootPlanner planner = new(Catalog(Rack, [.. Files, "boot.scr.uimg"]));
        Asker asker = new(Address1, OurAddress, FileProtocol.Tftp);
        Assert.Equal(ContentStatus.Found, planner.Find(At(0), "boot.scr.uimg"u8, asker, out Content content));
        Assert.NotNull(content.File);
    }
}
