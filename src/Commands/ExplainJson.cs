using System.Buffers;
using System.Collections.Generic;
using System.Text;
using System.Text.Json;
using Aglet.Boot;

namespace Aglet.Commands;

/// <summary>What <c>aglet explain --json</c> says to a program: a list with an object for each machine and firmware.</summary>
internal static class ExplainJson
{
    public static byte[] Write(IReadOnlyList<Explained> explained)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, new() { Indented = true }))
        {
            json.WriteStartArray();
            foreach (Explained one in explained) WriteOne(json, one);
            json.WriteEndArray();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private static void WriteOne(Utf8JsonWriter json, Explained one)
    {
        BootExplanation boot = one.Boot;
        json.WriteStartObject();
        json.WriteString("machine", boot.Machine);
        json.WriteString("mac", one.Hardware.ToString());
        json.WriteString("arch", one.Architecture.Name);
        json.WriteString("group", boot.Group);
        json.WriteString("plan", boot.Plan);
        json.WriteBoolean("complete", boot.IsComplete);
        WriteOffer(json, one);
        json.WriteStartArray("images");
        foreach (ExplainedImage image in boot.Images) WriteImage(json, image);
        json.WriteEndArray();
        json.WriteStartArray("files");
        foreach (ExplainedFile file in boot.Files)
        {
            json.WriteStartObject();
            json.WriteString("path", file.Path);
            json.WriteString("purpose", file.Purpose);
            if (file.IsMissing) json.WriteNull("bytes");
            else json.WriteNumber("bytes", file.Size);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("documents");
        foreach (ExplainedDocument document in boot.Documents)
        {
            if (document.Status != ContentStatus.Found) continue;
            json.WriteStartObject();
            json.WriteString("path", document.Path);
            json.WriteString("text", Encoding.UTF8.GetString(document.Text));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteOffer(Utf8JsonWriter json, Explained one)
    {
        json.WriteStartObject("offer");
        json.WriteString("bootFile", one.Boot.BootFile);
        json.WriteString("ipxeBootFile", one.Boot.IpxeBootFile);
        json.WriteString("reason", one.Silence.Length > 0 ? one.Silence : one.Boot.Reason);
        if (one.HasOffer)
        {
            json.WriteString("yiaddr", one.YourAddress.ToString());
            json.WriteString("siaddr", one.NextServer.ToString());
            json.WriteString("file", one.File);
            json.WriteStartArray("options");
            foreach (ExplainedOption option in one.Options)
            {
                json.WriteStartObject();
                json.WriteNumber("code", option.Code);
                json.WriteString("name", option.Name);
                json.WriteString("value", option.Value);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteImage(Utf8JsonWriter json, ExplainedImage image)
    {
        json.WriteStartObject();
        json.WriteString("name", image.Name);
        json.WriteString("kind", image.Kind.ToString().ToLowerInvariant());
        json.WriteString("problem", image.Problem);
        json.WriteString("commandLine", image.CommandLine);
        json.WriteString("url", image.Url);
        json.WriteStartArray("answers");
        foreach (ExplainedAnswer answer in image.Answers)
        {
            json.WriteStartObject();
            json.WriteString("url", answer.Url);
            json.WriteString("text", Encoding.UTF8.GetString(answer.Text));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
