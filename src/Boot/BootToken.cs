using System;
using System.Buffers.Binary;
using Aglet.Kernel;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>
/// What a machine has to show for its answer file: 128 bits of chance that its boot got, 32 hexadecimal digits in a URL.
/// It is a secret: it has no <c>ToString</c> that tells it, and nothing writes it but <see cref="Write"/>.
/// </summary>
internal readonly struct BootToken : IEquatable<BootToken>
{
    /// <summary>Hexadecimal digits.</summary>
    public const int TextBytes = 32;

    /// <summary>Stands for a token where there was no boot: as long as a real one, and never one.</summary>
    public static readonly BootToken StandIn = new(UInt128.MaxValue);

    private readonly UInt128 _value;

    private BootToken(UInt128 value) => _value = value;

    /// <summary>True for no token at all.</summary>
    public bool IsNone => _value == 0;

    /// <summary>A number to index tables with.</summary>
    public ulong Hash => Core.Fnv.Mix(unchecked((ulong)(_value >> 64) ^ Core.Fnv.Mix((ulong)_value)));

    public static bool operator ==(BootToken left, BootToken right) => left.Equals(right);

    public static bool operator !=(BootToken left, BootToken right) => !left.Equals(right);

    /// <summary>A new one.</summary>
    public static BootToken Make(IKernel kernel)
    {
        Span<byte> bytes = stackalloc byte[16];
        BootToken token;
        do
        {
            kernel.FillRandom(bytes);
            token = Read(bytes);
        }
        while (token.IsNone || token == StandIn);
        return token;
    }

    /// <summary>Sixteen bytes of a record.</summary>
    public static BootToken Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes));

    /// <summary>Reads 32 hexadecimal digits of either case; zero is none.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out BootToken token)
    {
        token = default;
        if (text.Length != TextBytes) return false;
        UInt128 value = 0;
        foreach (byte b in text)
        {
            int digit = AsciiText.HexValue(b);
            if (digit < 0) return false;
            value = (value << 4) | (uint)digit;
        }

        token = new(value);
        return !token.IsNone;
    }

    public void Write(ref WireWriter target)
    {
        for (int shift = 124; shift >= 0; shift -= 4) target.U8(AsciiText.HexDigit((int)((_value >> shift) & 15)));
    }

    /// <summary>Sixteen bytes for a record.</summary>
    public void WriteBytes(Span<byte> target) => BinaryPrimitives.WriteUInt128BigEndian(target, _value);

    /// <summary>Takes the same time whatever the two have in common.</summary>
    public bool Equals(BootToken other)
    {
        UInt128 difference = _value ^ other._value;
        return unchecked((ulong)(difference >> 64) | (ulong)difference) == 0;
    }

    public override bool Equals(object? obj) => obj is BootToken other && Equals(other);

    public override int GetHashCode() => unchecked((int)Hash);
}

/// <summary>Where tokens come from: chance, or one that is always the same, for <c>aglet explain</c>.</summary>
internal sealed class TokenSource
{
    private readonly IKernel? _kernel;
    private readonly BootToken _always;

    public TokenSource(IKernel kernel) => _kernel = kernel;

    public TokenSource(BootToken always) => _always = always;

    public BootToken Next() => _kernel is null ? _always : BootToken.Make(_kernel);
}
