using System.Collections.Generic;
using Aglet.Core;
using Aglet.Net;

namespace Aglet.Import;

/// <summary>A run of addresses to give, as the source has it.</summary>
/// <param name="Range">The addresses.</param>
/// <param name="IsRestricted">The source gives them to some clients only.</param>
/// <param name="Line">Where it stands.</param>
/// <param name="What">The directive.</param>
internal sealed record ImportPool(Ipv4Range Range, bool IsRestricted, int Line, string What);

/// <summary>One network of the source.</summary>
/// <param name="prefix">The network, host bits cleared.</param>
/// <param name="line">Where it was said first.</param>
/// <param name="what">The directive that said so.</param>
internal sealed class ImportSubnet(Ipv4Prefix prefix, int line, string what)
{
    public Ipv4Prefix Prefix { get; } = prefix;

    public int Line => line;

    public string What => what;

    /// <summary>The source does not say the mask: <see cref="Prefix"/> is a guess.</summary>
    public bool IsGuessed { get; init; }

    public ImportScope Scope { get; } = new();

    public List<ImportPool> Pools { get; } = [];

    /// <summary>The one pool that our configuration has for it; null for reservations only.</summary>
    public Ipv4Range? Pool { get; private set; }

    /// <summary>Chooses the pool: runs that touch are one, and then the largest that is open to everybody.</summary>
    /// <param name="report">Takes what is left out.</param>
    /// <param name="room">How many addresses it may have.</param>
    /// <param name="isOpen">Its mask is whatever the interface has.</param>
    public void ChoosePool(ImportReport report, int room, bool isOpen)
    {
        Pools.Sort(static (left, right) => left.Range.First.CompareTo(right.Range.First));
        List<ImportPool> merged = [];
        foreach (ImportPool pool in Pools)
        {
            ImportPool? last = merged.Count > 0 ? merged[^1] : null;
            bool touches = last is not null && last.IsRestricted == pool.IsRestricted
                && pool.Range.First.Value <= (long)last.Range.Last.Value + 1;
            if (!touches)
            {
                merged.Add(pool);
            }
            else if (pool.Range.Last.Value > last!.Range.Last.Value)
            {
                merged[^1] = last with { Range = new(last.Range.First, pool.Range.Last) };
            }
        }

        ImportPool? chosen = null;
        foreach (ImportPool pool in merged)
        {
            bool isBetter = chosen is null || (chosen.IsRestricted && !pool.IsRestricted)
                || (chosen.IsRestricted == pool.IsRestricted && pool.Range.Count > chosen.Range.Count);
            if (isBetter) chosen = pool;
        }

        if (chosen is null) return;
        foreach (ImportPool pool in merged)
        {
            if (pool == chosen) continue;
            report.LeftOut(pool.Line, pool.What, $"{pool.Range}: a network has one pool here, and {chosen.Range} is taken"
                + (pool.IsRestricted ? "; pools for some clients only are not known"
                    : "; make one run of both if what is between is free"));
        }

        if (chosen.IsRestricted)
        {
            report.Changed(chosen.Line, chosen.What, $"{chosen.Range} was for some clients only and is for all here; "
                + "name machines in \"machines\", or see \"allow\" and \"deny\"");
        }

        Pool = Clip(chosen, report, room, isOpen);
    }

    /// <summary>The pool without what no machine can be given.</summary>
    private Ipv4Range? Clip(ImportPool pool, ImportReport report, int room, bool isOpen)
    {
        Ipv4Range range = pool.Range;
        if (!isOpen)
        {
            Ipv4Address first = new(Prefix.Network.Value + 1);
            Ipv4Address last = new(Prefix.BroadcastAddress.Value - 1);
            range = new(range.First.Value < first.Value ? first : range.First, range.Last.Value > last.Value ? last : range.Last);
        }

        Ipv4Address router = Scope.Router;
        if (!router.IsAny && range.Contains(router))
        {
            Ipv4Range below = new(range.First, new(router.Value - 1));
            Ipv4Range above = new(new(router.Value + 1), range.Last);
            range = below.Count >= above.Count ? below : above;
        }

        if (range.Count > room) range = room == 0 ? new(range.Last, range.First) : new(range.First, range.At(room - 1));
        bool isUsable = range.Count > 0 && range.First.IsUnicast && range.Last.IsUnicast;
        if (!isUsable)
        {
            report.LeftOut(pool.Line, pool.What, $"{pool.Range} has no address that a machine of {Prefix} can be given");
            return null;
        }

        if (range != pool.Range)
        {
            report.Changed(pool.Line, pool.What, $"the pool is {range} and no longer {pool.Range}: without the addresses of "
                + $"network, broadcast and router, and at most {Limits.PoolAddresses} in all");
        }

        return range;
    }
}
