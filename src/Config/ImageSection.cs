using System;
using System.Collections.Generic;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;

namespace Aglet.Config;

/// <summary>Reads <c>images</c>: what can be booted, with the templates that belong to it.</summary>
/// <param name="report">Where mistakes go.</param>
/// <param name="kernel">Reads the templates.</param>
/// <param name="folder">The folder that templates are relative to: the configuration's own.</param>
internal sealed class ImageSection(ConfigReport report, IKernel kernel, string folder)
{
    private readonly Dictionary<string, byte[]> _templates = [];

    /// <summary>Every name, also of images with mistakes: a machine that names one of these is not wrong too.</summary>
    public List<string> Names { get; } = [];

    public List<ImageSetting> Read(ConfigSection top)
    {
        List<ImageSetting> images = [];
        if (!top.TryGetObject("images", out ConfigNode? node)) return images;
        foreach (ConfigNode child in node.Children)
        {
            CheckName(child);
            Names.Add(child.Name);
            images.Add(ReadImage(child));
        }

        if (images.Count > Limits.Images) report.Error(node, $"expected at most {Limits.Images} images, found {images.Count}");
        return images;
    }

    private void CheckName(ConfigNode node)
    {
        if (!ConfigRules.IsImageName(node.Name))
        {
            report.ErrorAtName(node, "expected a name of letters, digits, dash, dot and underscore that begins with "
                + $"a letter or digit, found {ConfigNode.Quote(node.Name)}");
        }

        if (node.Name is "menu" or "ignore")
        {
            report.ErrorAtName(node, $"expected another name: \"unknown\": \"{node.Name}\" means something else");
        }

        if (node.Name == "disk" && node.Find("local") is not { Kind: ConfigNodeKind.True })
        {
            report.ErrorAtName(node, "expected another name: \"disk\" is the machine's own disk (\"local\": true)");
        }
    }

    private ImageSetting ReadImage(ConfigNode node)
    {
        ImageSetting image = new() { Name = node.Name, Title = node.Name };
        if (!node.IsObject)
        {
            report.Error(node, $"expected an object {{ }}, found {node.Describe()}");
            return image;
        }

        ConfigSection section = new(node, report, ConfigKeys.Image);
        bool isLocal = ReadLocal(section);
        if (section.TryGetText("title", "a title", out ConfigNode? title)) image = image with { Title = title.Text };
        else if (isLocal) image = image with { Title = "Local disk" };
        image = image with { IsLocal = isLocal, Cpu = ReadProcessor(section) };
        if (isLocal)
        {
            foreach (ConfigNode child in node.Children)
            {
                if (child.Name is "kernel" or "initrd" or "args" or "answer")
                {
                    report.ErrorAtName(child, "expected no such key beside \"local\": true, which boots the machine's own disk");
                }
            }

            return image;
        }

        bool saysOtherwise = node.Find("iso") is not null || node.Find("local") is { Kind: not ConfigNodeKind.False };
        if (!saysOtherwise) section.Require("kernel", "a path below the boot tree, or \"local\": true");
        return image with
        {
            Kernel = ReadKernel(section),
            Initrds = ReadInitrds(section),
            Arguments = section.TryGetText("args", "the kernel's arguments", out ConfigNode? args) ? args.Text.Trim(' ') : "",
            Answer = ReadAnswer(section),
        };
    }

    private bool ReadLocal(ConfigSection section)
    {
        if (section.Node.Find("local") is not { } local) return false;
        if (local.Kind == ConfigNodeKind.True) return true;
        if (local.Kind != ConfigNodeKind.False) report.Error(local, $"expected true or false, found {local.Describe()}");
        return false;
    }

    private CpuFamily ReadProcessor(ConfigSection section)
    {
        const string Expected = "a processor such as \"x64\" or \"arm64\"";
        if (!section.TryGetText("arch", Expected, out ConfigNode? arch)) return CpuFamily.Unknown;
        if (ConfigRules.TryParseProcessor(arch.Text, out CpuFamily cpu, out string hint)) return cpu;
        report.Error(arch, $"expected {Expected}, found {arch.Describe()}{hint}");
        return CpuFamily.Unknown;
    }

    private static string ReadKernel(ConfigSection section)
    {
        if (!section.TryGetText("kernel", "a path below the boot tree", out ConfigNode? kernelNode)) return "";
        return section.TryReadKey(kernelNode, out string key) ? key : "";
    }

    private static List<string> ReadInitrds(ConfigSection section)
    {
        List<string> initrds = [];
        foreach (ConfigNode node in section.GetTexts("initrd", "a path below the boot tree"))
        {
            if (section.TryReadKey(node, out string key)) initrds.Add(key);
        }

        return initrds;
    }

    private AnswerSetting? ReadAnswer(ConfigSection image)
    {
        if (!image.TryGetObject("answer", out ConfigNode? node)) return null;
        ConfigSection section = new(node, report, ConfigKeys.Answer);
        section.Require("kind", "\"preseed\", \"kickstart\" or \"plain\"");
        section.Require("template", "the path of a template such as \"answers/debian.cfg\"");
        AnswerKind kind = ReadKind(section);
        if (!section.TryGetText("template", "the path of a template", out ConfigNode? template)) return null;
        string path = ConfigFile.Below(folder, template.Text);
        if (_templates.TryGetValue(path, out byte[]? known)) return new(kind, path, known);
        if (!ConfigFile.TryRead(kernel, path, Limits.DocumentBytes, out byte[]? bytes, out string problem))
        {
            report.Error(template, $"expected a template that can be read, found {ConfigNode.Quote(path)}: {problem}");
            return null;
        }

        _templates.Add(path, bytes);
        return new(kind, path, bytes);
    }

    private AnswerKind ReadKind(ConfigSection section)
    {
        const string Expected = "\"preseed\", \"kickstart\" or \"plain\"";
        if (!section.TryGetText("kind", Expected, out ConfigNode? node)) return AnswerKind.Plain;
        switch (node.Text)
        {
            case "preseed":
                return AnswerKind.Preseed;
            case "kickstart":
                return AnswerKind.Kickstart;
            case "plain":
                return AnswerKind.Plain;
            case "autoinstall" or "cloud-init" or "ignition" or "autoyast" or "unattend":
                report.Error(node, $"expected {Expected}, found {node.Describe()}, which is not supported yet");
                return AnswerKind.Plain;
            default:
                string? nearest = NearestName.Find(node.Text, ["preseed", "kickstart", "plain"]);
                string hint = nearest is null ? "" : $"; did you mean \"{nearest}\"?";
                report.Error(node, $"expected {Expected}, found {node.Describe()}{hint}");
                return AnswerKind.Plain;
        }
    }
}
