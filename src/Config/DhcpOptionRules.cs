using System;

namespace Aglet.Config;

/// <summary>What the value of an option looks like.</summary>
internal enum DhcpOptionType : byte
{
    /// <summary>Anything: nothing is known of the code.</summary>
    Hex,
    Text,
    Address,
    Addresses,
    U8,
    U16,
    U32,
    Bool,

    /// <summary>Domain names as RFC 1035 writes them, one after the other.</summary>
    Names,
}

/// <summary>Which options the operator may add, and what their data looks like.</summary>
internal static class DhcpOptionRules
{
    /// <summary>The words of the configuration, in the order of <see cref="DhcpOptionType"/>.</summary>
    public static readonly string[] TypeNames = ["hex", "text", "address", "addresses", "u8", "u16", "u32", "bool", "names"];

    /// <summary>The type of a well-known code (RFC 2132 and its successors); null when any will do.</summary>
    public static DhcpOptionType? TypeOf(int code) => code switch
    {
        4 or 5 or 7 or 8 or 9 or 10 or 11 or 41 or 44 or 45 or 48 or 49 or 65 or (>= 68 and <= 76) or 85 or 138 or 150 =>
            DhcpOptionType.Addresses,
        16 or 32 => DhcpOptionType.Address,
        14 or 17 or 18 or 40 or 47 or 62 or 64 or 86 or 87 or 100 or 101 or 114 or 209 or 210 or 252 => DhcpOptionType.Text,
        19 or 20 or 27 or 29 or 30 or 31 or 34 or 36 or 39 or 116 => DhcpOptionType.Bool,
        23 or 37 or 46 => DhcpOptionType.U8,
        22 => DhcpOptionType.U16,
        2 or 24 or 35 or 38 or 108 or 211 => DhcpOptionType.U32,
        _ => null,
    };

    /// <summary>Why the operator cannot set a code, and what to do instead; null when it can be set.</summary>
    public static string? ReservedBy(int code) => code switch
    {
        3 => "\"router\" says it",
        6 => "\"dns\" says it",
        12 => "the \"name\" of the machine says it",
        13 => "EDK2 trusts it over the file itself and fails with PXE-E05 when it is wrong",
        15 => "\"domain\" says it",
        26 => "\"mtu\" says it",
        1 or 28 => "the network's prefix says it",
        42 => "\"ntp\" says it",
        43 or 60 or 175 or 209 or 210 => "aglet writes it for each kind of client",
        51 or 58 or 59 => "\"lease\" says it",
        66 or 67 => "\"images\" and \"programs\" say what is booted",
        119 => "\"search\" says it",
        121 or 249 => "\"routes\" says it",
        50 or (>= 52 and <= 57) or 61 or 80 or 118 => "it belongs to the protocol",
        82 => "relays write it, and aglet sends it back",
        77 or 93 or 94 or 97 => "clients write it",
        _ => null,
    };

    /// <summary>
    /// True when EDK2 accepts an option of this length. It drops the complete packet for one that it does not, so
    /// nothing that fails here may leave.
    /// </summary>
    /// <remarks>EDK2 <c>Dhcp4Option.c</c>: the table of known options with their minimum, maximum and multiple.</remarks>
    public static bool IsLengthValid(byte code, int length) => code switch
    {
        1 or 2 or 24 or 28 or 32 or 35 or 38 or 50 or 51 or 54 or 58 or 59 => length == 4,
        3 or 4 or 5 or 6 or 7 or 8 or 9 or 10 or 11 or 16 or 41 or 42 or 44 or 45 or 48 or 49
            or 65 or 69 or 70 or 71 or 72 or 73 or 74 or 75 or 76 or 150 => length >= 4 && length % 4 == 0,
        13 or 22 or 26 or 57 => length == 2,
        19 or 20 or 23 or 27 or 29 or 30 or 31 or 34 or 36 or 37 or 39 or 46 or 52 or 53 or 116 => length == 1,
        21 or 33 => length >= 8 && length % 8 == 0,
        25 => length >= 2 && length % 2 == 0,
        61 => length >= 2,
        68 => length % 4 == 0,
        80 => length == 0,
        121 or 249 => length >= 5,
        0 or 255 => false,
        _ => length is >= 1 and <= 255,
    };
}
