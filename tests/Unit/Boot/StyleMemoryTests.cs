using System.Collections.Generic;
using Aglet.Boot;
using Aglet.Net;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Unit.Boot;

/// <summary>When a style is given up, and when it is kept, as scripts of seconds.</summary>
public sealed class StyleMemoryTests
{
    private const OfferStyle A = OfferStyle.BootServer;
    private const OfferStyle B = OfferStyle.VendorOptions;
    private const OfferStyle C = OfferStyle.Menu;

    private static readonly OfferStyle[] _styles = [A, B, C];
    private static readonly ClientArchitecture? _uefi = ClientArchitecture.ForCode(7);
    private StyleMemory _memory;

    /// <summary>EDK2 and ROMs after the PXE specification: at 0, 4, 12 and 28 s.</summary>
    [Fact]
    public void AllStylesComeWithinTheFourDiscoversOfOneAttempt() =>
        Assert.Equal([A, A, B, C, A, A, B, C], Discover(0, 4, 12, 28, 60, 64, 72, 88));

    [Fact]
    public void WhatWorkedIsOfferedFirstFromThenOn()
    {
        Assert.Equal([A, A, B], Discover(0, 4, 12));
        Assert.True(_memory.OnWentOn());
        Assert.False(_memory.OnWentOn());
        Assert.Equal([B], Discover(1000));
        Assert.False(_memory.OnWentOn());
        Assert.True(_memory.HasWorked);

        // It is believed for a whole attempt, and then it is not.
        Assert.Equal([B, B, B, B, C], Discover(2000, 2004, 2012, 2028, 2060));
        Assert.False(_memory.HasWorked);
    }

    [Fact]
    public void AttemptsThatTheOperatorBrokeOffAreNotAddedUp()
    {
        Discover(0);
        _memory.OnWentOn();
        Assert.Equal([A, A, A, A, A, A], Discover(1000, 2000, 3000, 4000, 5000, 6000));
    }

    [Fact]
    public void WhoTookAnAddressAndAskedForNothingIsOfferedTheNextAtOnce()
    {
        Discover(0);
        _memory.OnAddress();
        StyleStep step = _memory.OnDiscover(At(30), _uefi, _styles);
        Assert.Equal(new StyleStep(B, A, 1, TookAddress: true), step);
        _memory.OnAddress();
        Assert.Equal([C], Discover(60));
    }

    /// <summary>The address before the boot, of the installed system, says nothing about an offer.</summary>
    [Fact]
    public void AnAddressBeforeTheOfferSaysNothing()
    {
        _memory.OnAddress();
        Assert.Equal([A, A], Discover(0, 4));
    }

    [Fact]
    public void ACopyOfADiscoverIsNoRetry() => Assert.Equal(
        [A, A, A, A],
        [.. Discover(0), Copy(10), Copy(900), .. Discover(4)]);

    [Fact]
    public void AnotherFirmwareOfTheSameMachineBeginsAnew()
    {
        Assert.Equal([A, A, B], Discover(0, 4, 12));
        ClientArchitecture? bios = ClientArchitecture.ForCode(0);
        OfferStyle[] styles = [B, A, C];
        Assert.Equal(B, _memory.OnDiscover(At(100), bios, styles).Style);
        Assert.Equal(B, _memory.OnDiscover(At(104), bios, styles).Style);
        Assert.Equal(A, _memory.OnDiscover(At(112), bios, styles).Style);
    }

    [Fact]
    public void OtherMessagesAreAnsweredAsItWasOffered()
    {
        Assert.Equal(A, _memory.Current(_styles));
        Discover(0, 4, 12);
        Assert.Equal(B, _memory.Current(_styles));
        Assert.Equal(C, _memory.Current([C, A]));
    }

    [Fact]
    public void WithoutAnOfferGoingOnIsNoNews() => Assert.False(_memory.OnWentOn());

    private static Instant At(int second) => new(second * 1_000_000_000L);

    private List<OfferStyle> Discover(params int[] seconds)
    {
        List<OfferStyle> styles = [];
        foreach (int second in seconds) styles.Add(_memory.OnDiscover(At(second), _uefi, _styles).Style);
        return styles;
    }

    private OfferStyle Copy(int milliseconds) =>
        _memory.OnDiscover(new(milliseconds * 1_000_000L), _uefi, _styles).Style;
}
