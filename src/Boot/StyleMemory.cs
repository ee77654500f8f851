using System;
using Aglet.Core;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Boot;

/// <summary>The style of the next offer, and how it came to that.</summary>
/// <param name="Style">How to offer.</param>
/// <param name="Before">The style before it; the same when nothing changed.</param>
/// <param name="Offers">How often <paramref name="Before"/> was offered and led to nothing.</param>
/// <param name="TookAddress">After the last of them it took an address, and then asked for nothing.</param>
internal readonly record struct StyleStep(OfferStyle Style, OfferStyle Before, int Offers, bool TookAddress)
{
    public bool IsChange => Style != Before;
}

/// <summary>What is remembered of how one machine wants to be offered its boot data.</summary>
/// <remarks>
/// "Went on" is a request to port 4011, or for any file by TFTP or HTTP. A DISCOVER that comes without that says that
/// the offer before it was lost, or not understood, or that nobody gave the machine an address. EDK2 and the ROMs after
/// the PXE specification send four (after 4, 8 and 16 s), with the same or a new xid: so the first style is offered
/// twice, for a packet may be lost, and the others once each, and all of it within one attempt. Who took an address and
/// then asked for nothing did understand the address and not the rest: the style changes at once. A style that worked
/// once is believed for a whole attempt.
/// </remarks>
internal struct StyleMemory
{
    /// <summary>Sooner it is a copy: two relays, or a network that doubles packets. No firmware retries so soon.</summary>
    private static readonly Duration _copyTime = Duration.FromSeconds(1);

    /// <summary>An attempt of a machine that boots well, that long ago, was broken off by its operator.</summary>
    private static readonly Duration _attemptTime = Duration.FromSeconds(600);

    private const int FirstPatience = 2;
    private const int KnownPatience = 4;

    private ClientArchitecture? _architecture;
    private Instant _offeredAt;
    private int _offers;
    private bool _isKnown;
    private bool _tookAddress;

    /// <summary>The style of the last offer; meaningless before the first.</summary>
    public OfferStyle Style { get; private set; }

    /// <summary>The machine went on after an offer of this style.</summary>
    public bool HasWorked { get; private set; }

    /// <summary>The style for a message that is no DISCOVER: as it was offered.</summary>
    public readonly OfferStyle Current(ReadOnlySpan<OfferStyle> styles) =>
        _isKnown && styles.Contains(Style) ? Style : styles[0];

    /// <summary>Chooses the style for the answer to a DISCOVER.</summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="architecture">What the firmware says it is: another firmware of the same machine begins anew.</param>
    /// <param name="styles">What there is to choose from; more than one.</param>
    public StyleStep OnDiscover(Instant now, ClientArchitecture? architecture, ReadOnlySpan<OfferStyle> styles)
    {
        Check.That(styles.Length > 1);
        int at = styles.IndexOf(Style);
        if (!_isKnown || at < 0 || _architecture != architecture)
        {
            this = new() { _isKnown = true, _architecture = architecture, Style = styles[0] };
            at = 0;
        }

        if (_offers > 0 && now - _offeredAt < _copyTime) return new(Style, Style, _offers, false);
        if (HasWorked && now - _offeredAt > _attemptTime) _offers = 0;
        bool tookAddress = _tookAddress && _offers > 0;
        int patience = HasWorked ? KnownPatience : at == 0 && !tookAddress ? FirstPatience : 1;
        StyleStep step = new(Style, Style, _offers, tookAddress);
        if (_offers >= patience)
        {
            step = step with { Style = styles[(at + 1) % styles.Length] };
            Style = step.Style;
            HasWorked = false;
            _offers = 0;
        }

        _offers++;
        _offeredAt = now;
        _tookAddress = false;
        return step;
    }

    /// <summary>The machine has an address, from us or from somebody else.</summary>
    public void OnAddress() => _tookAddress = true;

    /// <summary>The machine went on.</summary>
    /// <returns>True when that is news about its style.</returns>
    public bool OnWentOn()
    {
        if (_offers == 0) return false;
        _offers = 0;
        bool isNews = !HasWorked;
        HasWorked = true;
        return isNews;
    }
}
