using System;
using Aglet.Net;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>What the name of a document says about the machine that it is for.</summary>
internal enum DocumentOwner : byte
{
    /// <summary>Nothing: whoever asks.</summary>
    Asker,
    Hardware,
    Uuid,

    /// <summary>The first digits of its IPv4 address in hexadecimal.</summary>
    Address,

    /// <summary>A Raspberry Pi's serial number.</summary>
    Serial,
}

/// <summary>A path that a boot program asks for, read as the name of a document that is generated.</summary>
/// <remarks>
/// Signed GRUBs have their folder built in and each distribution chose another one, so the folder does not matter:
/// the last part of the path tells what is asked for. Below <c>_/</c> everything is ours.
/// </remarks>
internal readonly ref struct DocumentName
{
    public DocumentKind Kind { get; private init; }

    public DocumentOwner Owner { get; private init; }

    public HardwareAddress HardwareAddress { get; private init; }

    public MachineUuid Uuid { get; private init; }

    /// <summary>One to eight hexadecimal digits.</summary>
    public ReadOnlySpan<byte> AddressDigits { get; private init; }

    /// <summary>Eight lower-case hexadecimal digits.</summary>
    public ReadOnlySpan<byte> Serial { get; private init; }

    /// <summary>
    /// What PXELINUX puts before <c>pxelinux.cfg/</c>: its modules are there. With a slash, or empty.
    /// </summary>
    public ReadOnlySpan<byte> Folder { get; private init; }

    /// <summary>The image whose answer is asked for.</summary>
    public ReadOnlySpan<byte> Image { get; private init; }

    /// <summary>The last part of the answer's path.</summary>
    public ReadOnlySpan<byte> Leaf { get; private init; }

    /// <summary>What the asker shows for an answer, or to report an install; none when there is none in the path.</summary>
    public BootToken Token { get; private init; }

    /// <summary>Only U-Boot has names such as <c>default-arm-bcm283x</c>.</summary>
    public bool IsUBoot { get; private init; }

    /// <summary>True for a path below <c>_/</c>, where no file of the tree can be.</summary>
    public static bool IsOurs(ReadOnlySpan<byte> key) => key.StartsWith("_/"u8);

    /// <summary>A document for whoever asks.</summary>
    public static DocumentName ForAsker(DocumentKind kind) => new() { Kind = kind };

    /// <summary>True for a path that is asked for to tell us something.</summary>
    public static bool IsReport(ReadOnlySpan<byte> key) => key.StartsWith("_/done/"u8);

    /// <summary>Reads a key; <see cref="Kind"/> is none when it names no document.</summary>
    public static DocumentName Parse(ReadOnlySpan<byte> key)
    {
        if (IsOurs(key)) return ParseOurs(key[2..]);
        int slash = key.LastIndexOf((byte)'/');
        ReadOnlySpan<byte> leaf = key[(slash + 1)..];
        ReadOnlySpan<byte> folder = key[..(slash + 1)];
        if (folder.EndsWith("pxelinux.cfg/"u8) && (folder.Length == 13 || folder[^14] == '/'))
            return ParseProbe(DocumentKind.Pxelinux, leaf, folder[..^13]);
        if (leaf.SequenceEqual("grub.cfg"u8)) return new() { Kind = DocumentKind.Grub };
        if (leaf.StartsWith("grub.cfg-"u8)) return ParseProbe(DocumentKind.Grub, leaf[9..], folder);
        if (leaf.SequenceEqual("boot.ipxe"u8) || leaf.SequenceEqual("autoexec.ipxe"u8))
            return new() { Kind = DocumentKind.Ipxe };
        if (leaf.SequenceEqual("boot.scr.uimg"u8)) return new() { Kind = DocumentKind.UBoot };
        RaspberryPiPath path = RaspberryPiPath.Parse(key);
        bool isPis = path.Rest.SequenceEqual("config.txt"u8) || path.Rest.SequenceEqual("cmdline.txt"u8);
        return isPis ? ForRaspberryPi(path) : default;
    }

    /// <summary>The machine of a path that a Raspberry Pi asks for, whatever the path names.</summary>
    public static DocumentName ForRaspberryPi(RaspberryPiPath path) => new()
    {
        Kind = path.Rest.SequenceEqual("cmdline.txt"u8) ? DocumentKind.PiCommandLine : DocumentKind.PiConfig,
        Owner = path.Owner,
        HardwareAddress = path.HardwareAddress,
        Serial = path.Serial,
    };

    /// <summary>The names that PXELINUX, U-Boot and GRUB try one after the other.</summary>
    private static DocumentName ParseProbe(DocumentKind kind, ReadOnlySpan<byte> name, ReadOnlySpan<byte> folder)
    {
        if (MachineUuid.TryParse(name, out MachineUuid uuid))
            return new() { Kind = kind, Owner = DocumentOwner.Uuid, Uuid = uuid, Folder = folder };
        if (name.Length == 20 && name[2] == '-' && HardwareAddress.TryParse(name[3..], out HardwareAddress address))
            return new() { Kind = kind, Owner = DocumentOwner.Hardware, HardwareAddress = address, Folder = folder };
        if (name.Length is >= 1 and <= 8 && IsHex(name))
            return new() { Kind = kind, Owner = DocumentOwner.Address, AddressDigits = name, Folder = folder };
        if (kind != DocumentKind.Pxelinux || !name.StartsWith("default"u8)) return default;
        if (name.Length > 7 && name[7] != '-') return default;
        return new() { Kind = kind, Folder = folder, IsUBoot = name.Length > 7 };
    }

    /// <summary>
    /// <c>ipxe/MAC/boot.ipxe</c>, <c>grub/MAC/grub.cfg</c>, <c>answer/MAC/TOKEN/IMAGE/LEAF</c>, <c>done/TOKEN</c>.
    /// </summary>
    private static DocumentName ParseOurs(ReadOnlySpan<byte> path)
    {
        ReadOnlySpan<byte> kind = TakePart(ref path);
        if (kind.SequenceEqual("done"u8))
        {
            return BootToken.TryParse(path, out BootToken done) ? new() { Kind = DocumentKind.Done, Token = done } : default;
        }

        if (!HardwareAddress.TryParse(TakePart(ref path), out HardwareAddress address)) return default;
        if (kind.SequenceEqual("ipxe"u8) && path.SequenceEqual("boot.ipxe"u8))
            return new() { Kind = DocumentKind.Ipxe, Owner = DocumentOwner.Hardware, HardwareAddress = address };
        if (kind.SequenceEqual("grub"u8) && path.SequenceEqual("grub.cfg"u8))
            return new() { Kind = DocumentKind.Grub, Owner = DocumentOwner.Hardware, HardwareAddress = address };
        if (!kind.SequenceEqual("answer"u8)) return default;
        int slash = path.IndexOf((byte)'/');
        BootToken token = default;
        if (slash == BootToken.TextBytes && path[(slash + 1)..].Contains((byte)'/')
            && BootToken.TryParse(path[..slash], out token))
        {
            path = path[(slash + 1)..];
        }

        slash = path.LastIndexOf((byte)'/');
        if (slash < 1 || slash == path.Length - 1) return default;
        return new()
        {
            Kind = DocumentKind.Answer,
            Owner = DocumentOwner.Hardware,
            HardwareAddress = address,
            Image = path[..slash],
            Leaf = path[(slash + 1)..],
            Token = token,
        };
    }

    private static bool IsHex(ReadOnlySpan<byte> text)
    {
        foreach (byte b in text)
        {
            if (AsciiText.HexValue(b) < 0) return false;
        }

        return true;
    }

    private static ReadOnlySpan<byte> TakePart(ref ReadOnlySpan<byte> path)
    {
        int slash = path.IndexOf((byte)'/');
        ReadOnlySpan<byte> part = slash < 0 ? path : path[..slash];
        path = slash < 0 ? default : path[(slash + 1)..];
        return part;
    }
}
