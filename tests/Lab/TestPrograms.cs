using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace Aglet.Tests.Lab;

/// <summary>The smallest programs and discs that a machine's firmware starts; each says one word on the console.</summary>
internal static class TestPrograms
{
    private const int PageBytes = 0x1000;
    private const int HeaderBytes = 0x200;

    /// <summary>A boot sector that says a text on the first serial port and stops.</summary>
    public static byte[] BootSector(string text)
    {
        byte[] sector = new byte[512];
        ReadOnlySpan<byte> code =
        [
            0x31, 0xC0, // xor ax, ax
            0x8E, 0xD8, // mov ds, ax
            0xFC, // cld
            0xBE, 0x13, 0x7C, // mov si, message
            0xAC, // next: lodsb
            0x84, 0xC0, // test al, al
            0x74, 0xFE, // stop: jz stop
            0xBA, 0xF8, 0x03, // mov dx, 3F8h
            0xEE, // out dx, al
            0xEB, 0xF5, // jmp next
        ];
        code.CopyTo(sector);
        Encoding.ASCII.GetBytes($"\r\n{text}\r\n\0").CopyTo(sector, code.Length);
        (sector[510], sector[511]) = (0x55, 0xAA);
        return sector;
    }

    /// <summary>An x64 UEFI program that says a text on the firmware's console and stops.</summary>
    /// <remarks>One section at the first page; it has no relocations, and none are needed.</remarks>
    public static byte[] Efi(string text)
    {
        ReadOnlySpan<byte> code =
        [
            0x48, 0x83, 0xEC, 0x28, // sub rsp, 28h
            0x48, 0x8B, 0x4A, 0x40, // mov rcx, [rdx + 40h]: the system table's ConOut
            0x48, 0x8D, 0x15, 0x05, 0, 0, 0, // lea rdx, message
            0xFF, 0x51, 0x08, // call [rcx + 8]: OutputString
            0xEB, 0xFE, // stop: jmp stop
        ];
        byte[] message = Encoding.Unicode.GetBytes($"\r\n{text}\r\n\0");
        byte[] program = new byte[HeaderBytes * 2];
        "MZ"u8.CopyTo(program);
        Write32(program, 0x3C, 0x40);
        "PE\0\0"u8.CopyTo(program.AsSpan(0x40));
        Write16(program, 0x44, 0x8664); // machine
        Write16(program, 0x46, 1); // sections
        Write16(program, 0x54, 0xF0); // bytes of the optional header
        Write16(program, 0x56, 0x0022); // executable, large addresses
        const int Optional = 0x58;
        Write16(program, Optional, 0x020B); // PE32+
        Write32(program, Optional + 4, HeaderBytes); // of code
        Write32(program, Optional + 16, PageBytes); // entry
        Write32(program, Optional + 20, PageBytes); // base of code
        Write32(program, Optional + 32, PageBytes); // section alignment
        Write32(program, Optional + 36, HeaderBytes); // file alignment
        Write32(program, Optional + 56, 2 * PageBytes); // of image
        Write32(program, Optional + 60, HeaderBytes); // of headers
        Write16(program, Optional + 68, 10); // an EFI application
        Write32(program, Optional + 108, 16); // data directories, all empty
        const int Section = Optional + 0xF0;
        ".text"u8.CopyTo(program.AsSpan(Section));
        Write32(program, Section + 8, HeaderBytes); // in memory
        Write32(program, Section + 12, PageBytes);
        Write32(program, Section + 16, HeaderBytes); // in the file
        Write32(program, Section + 20, HeaderBytes);
        Write32(program, Section + 36, 0x6000_0020); // code, executable, readable
        code.CopyTo(program.AsSpan(HeaderBytes));
        message.CopyTo(program, HeaderBytes + code.Length);
        return program;
    }

    /// <summary>A FAT file system in a file.</summary>
    /// <param name="file">The image to make.</param>
    /// <param name="kilobytes">Its size.</param>
    /// <param name="content">The file for each path, such as <c>EFI/BOOT/BOOTX64.EFI</c>.</param>
    public static void WriteFat(string file, int kilobytes, IReadOnlyDictionary<string, string> content)
    {
        Run("mformat", "-C", "-i", file, "-T", $"{kilobytes * 2}", "::");
        HashSet<string> folders = [];
        foreach ((string path, string source) in content)
        {
            for (int at = path.IndexOf('/'); at > 0; at = path.IndexOf('/', at + 1))
            {
                if (folders.Add(path[..at]))
                    Run("mmd", "-i", file, "::" + path[..at]);
            }
            Run("mcopy", "-i", file, source, "::" + path);
        }
    }

    /// <summary>A CD that UEFI boots: its El Torito image is a FAT file system with the program.</summary>
    public static void WriteIso(string file, byte[] program)
    {
        string folder = Directory.CreateDirectory(file + ".content").FullName;
        string source = Path.Combine(folder, "program.efi");
        File.WriteAllBytes(source, program);
        WriteFat(Path.Combine(folder, "efi.img"), 1440, new Dictionary<string, string> { ["EFI/BOOT/BOOTX64.EFI"] = source });
        Run("xorriso", "-as", "mkisofs", "-quiet", "-e", "efi.img", "-no-emul-boot", "-o", file, folder);
        Directory.Delete(folder, recursive: true);
    }

    private static void Run(params IReadOnlyList<string> command)
        => LabProcess.Run(null, TimeSpan.FromMinutes(1), command).OrThrow(string.Join(' ', command));

    private static void Write16(byte[] target, int at, ushort value)
        => BinaryPrimitives.WriteUInt16LittleEndian(target.AsSpan(at), value);

    private static void Write32(byte[] target, int at, uint value)
        => BinaryPrimitives.WriteUInt32LittleEndian(target.AsSpan(at), value);
}
