using System;
using Aglet.Config;

namespace Aglet.Boot;

/// <summary>
/// What a value would do to an answer file when it is written without a filter. Values are not quoted by themselves, since
/// a template alone knows where it puts them; so <c>aglet check</c> looks at the values that machines really have.
/// </summary>
internal static class AnswerSyntax
{
    /// <summary>The filter that a kind's files ask for where a value could be read as syntax.</summary>
    public static TemplateFilter FilterOf(AnswerKind kind) => kind switch
    {
        AnswerKind.Kickstart or AnswerKind.Preseed => TemplateFilter.Line,
        AnswerKind.Autoinstall or AnswerKind.CloudInit => TemplateFilter.Yaml,
        AnswerKind.Ignition => TemplateFilter.Json,
        AnswerKind.AutoYast or AnswerKind.Unattend => TemplateFilter.Xml,
        _ => TemplateFilter.None,
    };

    /// <summary>True when a value without quotes, or between quotes that the template has, would be read as syntax.</summary>
    public static bool IsRisky(ReadOnlySpan<byte> value, TemplateFilter filter)
    {
        if (filter == TemplateFilter.None) return false;
        foreach (byte b in value)
        {
            if (b < 0x20 || b == 0x7F) return true;
        }

        return filter switch
        {
            TemplateFilter.Line => value.EndsWith("\\"u8),
            TemplateFilter.Json => value.IndexOfAny((byte)'"', (byte)'\\') >= 0,
            TemplateFilter.Xml => value.IndexOfAny("<>&\"'"u8) >= 0,
            _ => IsRiskyInYaml(value),
        };
    }

    /// <summary>YAML 1.2 section 7.3.3: what a plain scalar cannot begin with or hold.</summary>
    private static bool IsRiskyInYaml(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty) return false;
        return "-?:,[]{}#&*!|>'\"%@` "u8.Contains(value[0])
            || value[^1] is (byte)':' or (byte)' '
            || value.IndexOf(": "u8) >= 0
            || value.IndexOf(" #"u8) >= 0
            || value.IndexOfAny("\"\\"u8) >= 0;
    }
}
