using Aglet.Core;

namespace Aglet.Config;

/// <summary>What TFTP grants: of the site, a group or a machine. What is null is left to what is more general.</summary>
/// <param name="BlockBytes">The largest blksize.</param>
/// <param name="WindowBlocks">The largest windowsize.</param>
/// <param name="RollsOverToOne">After block 65535 comes 1 instead of 0.</param>
internal readonly record struct TftpGrant(int? BlockBytes, int? WindowBlocks, bool? RollsOverToOne)
{
    /// <summary>This, and what it leaves open as the more general one says.</summary>
    public TftpGrant Over(in TftpGrant general) => new(
        BlockBytes ?? general.BlockBytes, WindowBlocks ?? general.WindowBlocks, RollsOverToOne ?? general.RollsOverToOne);
}

/// <summary>How TFTP is served.</summary>
internal sealed record TftpSetting
{
    public static readonly TftpSetting Default = new();

    /// <summary>Everything leaves from port 69: for NAT and containers.</summary>
    public bool IsSinglePort { get; init; }

    /// <summary>The first port that transfers use; 0: the kernel chooses.</summary>
    public ushort FirstPort { get; init; }

    /// <summary>The last one.</summary>
    public ushort LastPort { get; init; }

    /// <summary>What every machine is granted at most.</summary>
    public TftpGrant Grant { get; init; } = new(Limits.TftpBlockBytesMax, Limits.TftpWindowBlocksMax, false);
}
