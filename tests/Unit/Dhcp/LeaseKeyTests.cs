using System;
using Aglet.Dhcp;
using Aglet.Tests.Fuzz;
using Xunit;

namespace Aglet.Tests.Unit.Dhcp;

public sealed class LeaseKeyTests
{
    /// <summary>
    /// An InfiniBand client (hlen 0) is known by its identifier alone. The identifier's 128 bits did not fit the hash's
    /// 64, and one such DISCOVER ended the server. Found by the fuzzer.
    /// </summary>
    [Fact]
    public void ClientWithoutHardwareAddressHasAHash()
    {
        byte[] discover = new byte[300];
        GoldenPackets.Read("dhcp")[0].AsSpan(0, 240).CopyTo(discover);
        discover[0] = 1;
        discover[2] = 0;
        byte[] options = [53, 1, 1, 61, 7, 0xFF, 1, 2, 3, 4, 5, 6, 255];
        options.CopyTo(discover, 240);
        Assert.Equal(DhcpReject.None, DhcpMessage.Parse(discover, out DhcpMessage message));
        LeaseKey key = LeaseKey.Of(message, 0);
        Assert.False(key.IsNone);
        Assert.Equal(unchecked((ulong)key.ClientId), key.Hash);
    }
}
