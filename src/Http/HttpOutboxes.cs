using System;

namespace Aglet.Http;

/// <summary>
/// Room for answers to requests that came together, so that they leave in one call. A connection has one while it answers
/// them, and as long as the socket does not take them; where there is none left, each answer leaves by itself.
/// </summary>
internal sealed class HttpOutboxes
{
    /// <summary>Bytes of one.</summary>
    public const int Bytes = 32 * 1024;

    private const int Count = 32;

    // Not cleared: what is never used is never touched.
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(Count * Bytes);
    private readonly int[] _free = new int[Count];
    private int _freeCount;

    public HttpOutboxes()
    {
        for (int box = Count - 1; box >= 0; box--) _free[_freeCount++] = box;
    }

    public Span<byte> this[int box] => _bytes.AsSpan(box * Bytes, Bytes);

    public bool TryTake(out int box)
    {
        box = _freeCount > 0 ? _free[--_freeCount] : -1;
        return box >= 0;
    }

    public void Release(int box) => _free[_freeCount++] = box;
}
