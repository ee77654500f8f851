using System;
using Aglet.Core;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Unit.Time;

public sealed class DeadlineHeapTests
{
    private const int Slots = 37;

    [Fact]
    public void EmptyHeapWaitsForNothing()
    {
        DeadlineHeap heap = new(4);
        Assert.Equal(Instant.Never, heap.Next);
        Assert.False(heap.TryPopDue(Instant.Never, out _));
        heap.Clear(2);
        heap.Set(2, Instant.Never);
        Assert.Equal(0, heap.Count);
    }

    [Fact]
    public void DueMeansNotAfterNow()
    {
        DeadlineHeap heap = new(4);
        heap.Set(1, new(10));
        Assert.False(heap.TryPopDue(new(9), out _));
        Assert.True(heap.TryPopDue(new(10), out int slot));
        Assert.Equal(1, slot);
        Assert.Equal(0, heap.Count);
    }

    /// <summary>Random sets, moves, clears and pops; after each the heap says what a plain array says.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void BehavesAsAnArrayDoes(ulong seed)
    {
        Prng prng = new(seed);
        DeadlineHeap heap = new(Slots);
        Instant[] model = new Instant[Slots];
        Array.Fill(model, Instant.Never);
        for (int step = 0; step < 20_000; step++)
        {
            int slot = prng.Below(Slots);
            switch (prng.Below(4))
            {
                case 0:
                case 1:
                    model[slot] = prng.Below(10) == 0 ? Instant.Never : new(prng.Below(50));
                    heap.Set(slot, model[slot]);
                    break;
                case 2:
                    model[slot] = Instant.Never;
                    heap.Clear(slot);
                    break;
                default:
                    PopAll(heap, model, new(prng.Below(20)));
                    break;
            }

            Assert.Equal(Earliest(model), heap.Next);
            Assert.Equal(Array.FindAll(model, deadline => deadline != Instant.Never).Length, heap.Count);
        }
    }

    private static void PopAll(DeadlineHeap heap, Instant[] model, Instant now)
    {
        while (heap.TryPopDue(now, out int slot))
        {
            Assert.Equal(Earliest(model), model[slot]);
            Assert.True(model[slot] <= now);
            model[slot] = Instant.Never;
        }

        Assert.True(Earliest(model) > now);
    }

    private static Instant Earliest(Instant[] model)
    {
        Instant earliest = Instant.Never;
        foreach (Instant deadline in model) earliest = Instant.Min(earliest, deadline);
        return earliest;
    }
}
