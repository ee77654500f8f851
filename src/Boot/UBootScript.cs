using System;
using System.Buffers.Binary;
using Aglet.Config;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>
/// <c>boot.scr.uimg</c>: what U-Boot asks for before anything else. Ours sends it to <c>pxelinux.cfg</c>, which it
/// reads too, but which many boards' own boot order tries last or never.
/// </summary>
/// <remarks>
/// U-Boot 2023.01 of Debian for QEMU asks for this script, and without it starts the UEFI program of its second DHCP
/// request, which cannot reach its siblings. The format is the legacy image:
/// <code>
/// 0 magic 27051956 | 4 CRC-32 of the header, this field zero | 8 time | 12 data size | 16 load | 20 entry
/// 24 CRC-32 of the data | 28 system 5 (Linux) | 29 processor 2 (ARM) | 30 type 6 (script) | 31 no compression
/// 32 name, 32 bytes | 64 data: size of the script, zero, the script
/// </code>
/// </remarks>
internal static class UBootScript
{
    private const int HeaderBytes = 64;

    private const uint Magic = 0x27051956;

    private static ReadOnlySpan<byte> Script => "echo Aglet: what to boot is in pxelinux.cfg\npxe get && pxe boot\n"u8;

    private const int ScriptBytes = 1024;

    /// <summary>Writes the image. A UEFI program is started from here: <c>pxelinux.cfg</c> has no word for it.</summary>
    public static void Write(ref WireWriter target, in BootSubject subject)
    {
        Span<byte> room = stackalloc byte[ScriptBytes];
        WireWriter script = new(room);
        BootPlan plan = subject.Plan();
        if (plan.Kind == PlanKind.Image && plan.Image!.Kind == ImageKind.Efi) WriteProgram(ref script, plan.Image);
        script.Bytes(Script);
        Span<byte> header = target.Room(HeaderBytes);
        Span<byte> data = target.Room(8 + script.Length);
        if (header.IsEmpty || data.IsEmpty) return;
        WireWriter body = new(data);
        body.U32((uint)script.Length);
        body.U32(0);
        body.Bytes(script.Written);

        header.Clear();
        WireWriter head = new(header);
        head.U32(Magic);
        head.Zeros(8);
        head.U32((uint)data.Length);
        head.Zeros(8);
        head.U32(Crc32(data));
        head.U32(0x05020600);
        head.Bytes("Aglet"u8);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], Crc32(header));
    }

    private static void WriteProgram(ref WireWriter script, CatalogImage image)
    {
        script.Bytes("tftpboot ${kernel_addr_r} '"u8);
        foreach (byte b in image.File)
        {
            // Its shell has nothing to put a single quote into single quotes.
            if (b == '\'') script.Bytes("'\"'\"'"u8);
            else script.U8(b);
        }

        script.Bytes("' && bootefi ${kernel_addr_r} ${fdtcontroladdr}\n"u8);
    }

    /// <summary>The CRC-32 of zlib and Ethernet, bit by bit: it is needed for some hundred bytes only.</summary>
    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
        }

        return ~crc;
    }
}
