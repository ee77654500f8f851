using System;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>The lines about answer files that were refused: who tried, whose it was and why, never more than so many.</summary>
internal sealed class AnswerEvents(Log log, BootPlanner planner)
{
    private const int LinesPerSecond = 10;

    private Instant _second;
    private int _lines;
    private int _suppressed;

    /// <summary>Somebody asked for what he may not have.</summary>
    /// <param name="now">This turn's time.</param>
    /// <param name="asker">Who.</param>
    /// <param name="owner">Whose it is; none when it is nobody's.</param>
    /// <param name="refusal">Why he may not.</param>
    /// <param name="what">What it is.</param>
    public void OnRefusal(
        Instant now, in Asker asker, HardwareAddress owner, AnswerRefusal refusal, scoped ReadOnlySpan<byte> what)
    {
        if (!MayWrite(now)) return;
        Span<byte> whoRoom = stackalloc byte[64];
        Span<byte> ownerRoom = stackalloc byte[64];
        ReadOnlySpan<byte> who = planner.LabelOf(asker.Address, whoRoom);
        ReadOnlySpan<byte> whose = owner.IsNone ? "no machine"u8 : planner.LabelOf(owner, ownerRoom);
        HardwareAddress card = planner.Clients.Find(asker.Address.Ipv4) is int slot and >= 0
            ? planner.Clients[slot].HardwareAddress
            : default;
        ReadOnlySpan<byte> why = AnswerRefusals.WordsFor(refusal);
        Span<byte> cardRoom = stackalloc byte[128];
        WireWriter cards = new(cardRoom);
        if (!card.IsNone || !asker.HardwareAddress.IsNone)
        {
            cards.Bytes(" ("u8);
            if (!card.IsNone) BootUrl.WriteMac(ref cards, card, (byte)':');
            if (!card.IsNone && !asker.HardwareAddress.IsNone) cards.Bytes(", "u8);
            if (!asker.HardwareAddress.IsNone)
            {
                cards.Bytes("says it is "u8);
                BootUrl.WriteMac(ref cards, asker.HardwareAddress, (byte)':');
            }

            cards.U8((byte)')');
        }

        log.Write(LogLevel.Warning, "answer-refused"u8, who,
            $"{asker.Address}{cards.Written} is refused {what} of {whose}: {why}");
    }

    private bool MayWrite(Instant now)
    {
        if (now - _second >= Duration.FromSeconds(1))
        {
            if (_suppressed > 0)
                log.Write(LogLevel.Warning, "answer-quiet"u8, ""u8, $"{_suppressed} more refusals of answer files left out");
            _second = now;
            _lines = _suppressed = 0;
        }

        if (_lines++ < LinesPerSecond) return true;
        _suppressed++;
        return false;
    }
}
