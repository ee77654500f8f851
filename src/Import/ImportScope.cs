using System.Collections.Generic;
using Aglet.Net;

namespace Aglet.Import;

/// <summary>An option that our configuration has no key of its own for.</summary>
/// <param name="Code">Its number.</param>
/// <param name="Type">How <c>options</c> calls the form of its value.</param>
/// <param name="Value">The value, as JSON.</param>
/// <param name="IsAlways">It is sent unasked.</param>
internal sealed record ImportOption(byte Code, string Type, string Value, bool IsAlways);

/// <summary>A route of option 121.</summary>
internal readonly record struct ImportRoute(Ipv4Prefix To, Ipv4Address Via);

/// <summary>What may be said for all networks and for each one.</summary>
internal sealed class ImportScope
{
    /// <summary>0 where nothing is said; <see cref="uint.MaxValue"/> for ever.</summary>
    public long LeaseSeconds { get; set; }

    public Ipv4Address Router { get; set; }

    /// <summary>Where the router was said, for messages.</summary>
    public int RouterLine { get; set; }

    public List<Ipv4Address> Dns { get; private set; } = [];

    public string Domain { get; set; } = "";

    public List<string> Search { get; private set; } = [];

    public List<Ipv4Address> Ntp { get; private set; } = [];

    /// <summary>0 where nothing is said.</summary>
    public int Mtu { get; set; }

    public List<ImportRoute> Routes { get; private set; } = [];

    public List<ImportOption> Options { get; } = [];

    /// <summary>It says something that clients are told.</summary>
    public bool HasNetwork => !Router.IsAny || Dns.Count + Search.Count + Ntp.Count + Options.Count + Routes.Count + Mtu > 0;

    /// <summary>Takes out the routes by routers that are not in a network; gives them back.</summary>
    public List<ImportRoute> TakeRoutesBeside(Ipv4Prefix network)
    {
        List<ImportRoute> beside = Routes.FindAll(route => !network.Contains(route.Via));

        // The list may be that of an outer scope.
        Routes = Routes.FindAll(route => network.Contains(route.Via));
        return beside;
    }

    /// <summary>An option is said once: the later one counts, as in the sources.</summary>
    public void Set(ImportOption option)
    {
        Options.RemoveAll(known => known.Code == option.Code);
        Options.Add(option);
    }

    /// <summary>Takes what an outer scope says and this one does not.</summary>
    public void FillFrom(ImportScope outer)
    {
        if (LeaseSeconds == 0) LeaseSeconds = outer.LeaseSeconds;
        if (Router.IsAny) (Router, RouterLine) = (outer.Router, outer.RouterLine);
        if (Dns.Count == 0) Dns = outer.Dns;
        if (Domain.Length == 0) Domain = outer.Domain;
        if (Search.Count == 0) Search = outer.Search;
        if (Ntp.Count == 0) Ntp = outer.Ntp;
        FillLinkFrom(outer);
        foreach (ImportOption option in outer.Options)
        {
            if (!Options.Exists(known => known.Code == option.Code)) Options.Add(option);
        }
    }

    /// <summary>Takes what our configuration does not hand down by itself, but the router, which fits one network only.</summary>
    public void FillLinkFrom(ImportScope outer)
    {
        if (Mtu == 0) Mtu = outer.Mtu;
        if (Routes.Count == 0) Routes = outer.Routes;
    }
}
