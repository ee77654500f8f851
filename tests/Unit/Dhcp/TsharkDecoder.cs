using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using Aglet.Net;

namespace Aglet.Tests.Unit.Dhcp;

/// <summary>Wireshark's dissector as the second opinion on what DHCP messages say. One run reads any number of them.</summary>
internal static class TsharkDecoder
{
    /// <summary>Messages as they would be captured on Ethernet: replies from port 67 to 68, requests the other way.</summary>
    /// <returns>For each message the fields that were asked for; several values of one field have blanks between.</returns>
    public static List<Dictionary<string, string>> Decode(IReadOnlyList<byte[]> messages, IReadOnlyList<string> fields)
    {
        string capture = Path.Combine(Path.GetTempPath(), $"aglet-{Guid.NewGuid():N}.pcap");
        try
        {
            File.WriteAllBytes(capture, WriteCapture(messages));
            return Read(Run(capture, fields), fields);
        }
        finally
        {
            File.Delete(capture);
        }
    }

    /// <summary>The classic pcap format: a header for the file and one for each frame.</summary>
    private static byte[] WriteCapture(IReadOnlyList<byte[]> messages)
    {
        using MemoryStream capture = new();
        using BinaryWriter writer = new(capture);
        writer.Write(0xA1B2C3D4);
        writer.Write((ushort)2);
        writer.Write((ushort)4);
        writer.Write(0L);
        writer.Write(65535);
        writer.Write(1);
        foreach (byte[] message in messages)
        {
            byte[] frame = WriteFrame(message);
            writer.Write(0L);
            writer.Write(frame.Length);
            writer.Write(frame.Length);
            writer.Write(frame);
        }

        return capture.ToArray();
    }

    /// <summary>Headers of the test's own: the product's are not what is under test, and must not hide a mistake.</summary>
    private static byte[] WriteFrame(byte[] message)
    {
        bool isReply = message[0] == 2;
        byte[] frame = new byte[14 + 20 + 8 + message.Length];
        frame.AsSpan(0, 6).Fill(0xFF);
        frame[6] = 2;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), 0x0800);
        Span<byte> ip = frame.AsSpan(14);
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)ip.Length);
        (ip[8], ip[9]) = (64, 17);
        new Ipv4Address(0x0A00_0001).Write(ip[12..]);
        Ipv4Address.Broadcast.Write(ip[16..]);
        Span<byte> udp = ip[20..];
        BinaryPrimitives.WriteUInt16BigEndian(udp, (ushort)(isReply ? 67 : 68));
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], (ushort)(isReply ? 68 : 67));
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)udp.Length);
        message.CopyTo(udp[8..]);
        return frame;
    }

    private static string[] Run(string capture, IReadOnlyList<string> fields)
    {
        ProcessStartInfo start = new("tshark") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in new[] { "-n", "-r", capture, "-T", "fields", "-E", "separator=/t", "-E", "aggregator=/s" })
        {
            start.ArgumentList.Add(argument);
        }

        foreach (string field in fields)
        {
            start.ArgumentList.Add("-e");
            start.ArgumentList.Add(field);
        }

        using Process tshark = Process.Start(start) ?? throw new InvalidOperationException("tshark cannot be started");
        tshark.ErrorDataReceived += static (_, _) => { };
        tshark.BeginErrorReadLine();
        string output = tshark.StandardOutput.ReadToEnd();
        tshark.WaitForExit();
        if (tshark.ExitCode != 0) throw new InvalidOperationException($"tshark ended with code {tshark.ExitCode}");
        return output.TrimEnd('\n').Split('\n');
    }

    private static List<Dictionary<string, string>> Read(string[] lines, IReadOnlyList<string> fields)
    {
        List<Dictionary<string, string>> decoded = [];
        foreach (string line in lines)
        {
            string[] values = line.Split('\t');
            if (values.Length != fields.Count) throw new InvalidOperationException($"{values.Length} values for {fields.Count} fields: {line}");
            Dictionary<string, string> message = [];
            for (int i = 0; i < values.Length; i++) message.Add(fields[i], values[i]);
            decoded.Add(message);
        }

        return decoded;
    }
}
