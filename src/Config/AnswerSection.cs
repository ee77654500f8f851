using System;
using System.Collections.Generic;
using Aglet.Core;
using Aglet.Kernel;

namespace Aglet.Config;

/// <summary>Reads an image's <c>answer</c>: its kind, its template and what that includes.</summary>
/// <param name="report">Where mistakes go.</param>
/// <param name="kernel">Reads the templates.</param>
/// <param name="folder">The folder that templates are relative to: the configuration's own.</param>
internal sealed class AnswerSection(ConfigReport report, IKernel kernel, string folder)
{
    private const string ExpectedKind = "a kind such as \"preseed\", \"kickstart\", \"autoinstall\" or \"plain\"";

    /// <summary>Every kind as the configuration calls it, in the order of <see cref="AnswerKind"/>.</summary>
    private static readonly string[] _kinds =
        ["plain", "kickstart", "preseed", "autoinstall", "cloud-init", "ignition", "autoyast", "unattend"];

    private readonly Dictionary<string, byte[]> _templates = [];
    private readonly TemplateFiles _includes = new(kernel);

    public AnswerSetting? Read(ConfigSection image)
    {
        if (!image.TryGetObject("answer", out ConfigNode? node)) return null;
        ConfigSection section = new(node, report, ConfigKeys.Answer);
        section.Require("kind", ExpectedKind);
        section.Require("template", "the path of a template such as \"answers/debian.cfg\"");
        AnswerKind kind = ReadKind(section);
        TemplateSetting? metaData = ReadTemplate(section, "meta-data");
        TemplateSetting? vendorData = ReadTemplate(section, "vendor-data");
        TemplateSetting? networkConfig = ReadTemplate(section, "network-config");
        if (ReadTemplate(section, "template") is not { } template) return null;
        AnswerSetting answer = new(kind, template.Path, template.Text)
        {
            Includes = _includes.Files,
            MetaData = metaData,
            VendorData = vendorData,
            NetworkConfig = networkConfig,
        };
        if (answer.IsNoCloud || node.Find("kind") is not { Kind: ConfigNodeKind.Text } kindNode) return answer;
        if (!IsKind(kindNode.Text)) return answer;
        foreach (ConfigNode child in node.Children)
        {
            if (child.Name is "meta-data" or "vendor-data" or "network-config")
                report.ErrorAtName(child, $"expected no such key beside \"kind\": \"{kindNode.Text}\": only \"autoinstall\" and "
                    + "\"cloud-init\" have such a file");
        }

        return answer;
    }

    /// <summary>Reads a template and what it includes; each file once.</summary>
    private TemplateSetting? ReadTemplate(ConfigSection section, string key)
    {
        if (!section.TryGetText(key, "the path of a template", out ConfigNode? node)) return null;
        string path = ConfigFile.Below(folder, node.Text);
        if (_templates.TryGetValue(path, out byte[]? known)) return new(path, known);
        if (!ConfigFile.TryRead(kernel, path, Limits.DocumentBytes, out byte[]? bytes, out string problem))
        {
            report.Error(node, $"expected a template that can be read, found {ConfigNode.Quote(path)}: {problem}");
            return null;
        }

        _templates.Add(path, bytes);
        _includes.ReadIncludes(path, bytes);
        return new(path, bytes);
    }

    private AnswerKind ReadKind(ConfigSection section)
    {
        if (!section.TryGetText("kind", ExpectedKind, out ConfigNode? node)) return AnswerKind.Plain;
        if (IsKind(node.Text)) return (AnswerKind)Array.IndexOf(_kinds, node.Text);
        string? nearest = NearestName.Find(node.Text, _kinds);
        string hint = nearest is null ? "" : $"; did you mean \"{nearest}\"?";
        report.Error(node, $"expected {ExpectedKind}, found {node.Describe()}{hint}");
        return AnswerKind.Plain;
    }

    private static bool IsKind(string text) => Array.IndexOf(_kinds, text) >= 0;
}
