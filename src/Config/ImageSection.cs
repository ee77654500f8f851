using System;
using System.Buffers;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Config;

/// <summary>Reads <c>images</c>: what can be booted, with the templates that belong to it.</summary>
/// <param name="report">Where mistakes go.</param>
/// <param name="kernel">Reads the templates.</param>
/// <param name="folder">The folder that templates are relative to: the configuration's own.</param>
internal sealed class ImageSection(ConfigReport report, IKernel kernel, string folder)
{
    private static readonly (string Key, ImageKind Kind)[] _kinds =
    [
        ("kernel", ImageKind.Kernel), ("efi", ImageKind.Efi), ("iso", ImageKind.Iso), ("disk", ImageKind.Disk),
        ("chain", ImageKind.Chain), ("local", ImageKind.Local), ("menu", ImageKind.Menu),
    ];

    /// <summary>What would end a word of a script; RFC 3986 has none of them.</summary>
    private static readonly SearchValues<char> _notInUrls = SearchValues.Create(" \"'\\|<>{}^`");

    private readonly AnswerSection _answers = new(report, kernel, folder);

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

        for (int i = 0; i < images.Count; i++)
        {
            if (images[i].Kind == ImageKind.Menu) images[i] = ReadItems(images[i], node.Children[i], images);
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
        image = image with { Cpu = ReadProcessor(section) };
        if (section.TryGetText("title", "a title", out ConfigNode? title)) image = image with { Title = title.Text };
        if (!TryFindKind(section, out ConfigNode? kindNode, out ImageKind kind)) return image;
        image = image with { Kind = kind };
        CheckKeys(node, kind);
        return kind switch
        {
            ImageKind.Kernel => ReadKernelImage(image, section),
            ImageKind.Efi or ImageKind.Iso or ImageKind.Disk => image with { File = ReadKey(section, kindNode.Name) },
            ImageKind.Chain => image with { Url = ReadUrl(section) },
            ImageKind.Local => image with { Title = title is null ? "Local disk" : image.Title },
            _ => image,
        };
    }

    /// <summary>Which key says what the image is made of; exactly one must.</summary>
    private bool TryFindKind(ConfigSection section, [NotNullWhen(true)] out ConfigNode? found, out ImageKind kind)
    {
        found = null;
        kind = ImageKind.Kernel;
        List<(ConfigNode Node, ImageKind Kind)> said = [];
        bool saysNotLocal = false;
        foreach ((string key, ImageKind candidate) in _kinds)
        {
            if (section.Node.Find(key) is not { } node) continue;
            bool counts = candidate != ImageKind.Local || section.GetFlag(key) == true;
            if (counts) said.Add((node, candidate));
            else saysNotLocal |= node.Kind != ConfigNodeKind.False;
        }

        if (said.Count == 0)
        {
            if (!saysNotLocal)
            {
                report.Error(section.Node, "expected \"kernel\": a path below the boot tree, or \"efi\", \"iso\", "
                    + "\"disk\", \"chain\", \"menu\" or \"local\": true, found none");
            }

            return false;
        }

        // Beside others "local" is what is meant: nobody writes it by mistake.
        (found, kind) = said.Find(entry => entry.Kind == ImageKind.Local) is { Node: not null } local ? local : said[0];
        bool isAlone = true;
        foreach ((ConfigNode node, ImageKind other) in said)
        {
            if (other == kind) continue;
            isAlone = false;
            string why = kind == ImageKind.Local
                ? "\"local\": true, which boots the machine's own disk"
                : $"\"{NameOf(kind)}\": an image is one of these";
            report.ErrorAtName(node, $"expected no such key beside {why}");
        }

        return isAlone || kind == ImageKind.Local;
    }

    /// <summary>Keys that mean nothing for this kind: said, because the operator meant something by them.</summary>
    private void CheckKeys(ConfigNode node, ImageKind kind)
    {
        foreach (ConfigNode child in node.Children)
        {
            bool isKernels = child.Name is "initrd" or "args" or "answer" or "open";
            bool isMenus = child.Name is "timeout" or "default";
            if ((isKernels && kind != ImageKind.Kernel) || (isMenus && kind != ImageKind.Menu))
            {
                string why = kind switch
                {
                    ImageKind.Local => "beside \"local\": true, which boots the machine's own disk",
                    ImageKind.Iso => "beside \"iso\": what boots from the image has its own arguments; "
                        + "copy its kernel and initrd into the tree to give them others",
                    _ => $"beside \"{NameOf(kind)}\"",
                };
                report.ErrorAtName(child, $"expected no such key {why}");
            }
        }
    }

    private ImageSetting ReadKernelImage(ImageSetting image, ConfigSection section) => image with
    {
        Kernel = ReadKey(section, "kernel"),
        Initrds = ReadInitrds(section),
        Arguments = section.TryGetText("args", "the kernel's arguments", out ConfigNode? args) ? args.Text.Trim(' ') : "",
        Answer = _answers.Read(section),
        IsOpen = section.GetFlag("open") ?? false,
    };

    /// <summary>A menu's images by their names, once all names are known.</summary>
    private ImageSetting ReadItems(ImageSetting menu, ConfigNode node, List<ImageSetting> images)
    {
        ConfigSection section = new(node, report, ConfigKeys.Image, isChecked: true);
        List<int> items = [];
        foreach (ConfigNode item in section.GetTexts("menu", "the name of an image"))
        {
            int index = MachineSection.FindImage(report, item, Names, []);
            if (index < 0) continue;
            if (images[index].Kind == ImageKind.Menu)
                report.Error(item, $"expected an image that is not a menu, found {item.Describe()}");
            else if (items.Contains(index))
                report.Error(item, $"expected each image once, found {item.Describe()} again");
            else
                items.Add(index);
        }

        if (items.Count == 0 && node.Find("menu") is { Kind: ConfigNodeKind.List, Children.Count: 0 } empty)
            report.Error(empty, "expected at least one image, found an empty list");
        Duration? timeout = section.TryGetMenuTimeout(out Duration length) ? length : null;
        int preset = items.Count > 0 ? items[0] : -1;
        if (section.TryGetText("default", "the name of one of the menu's images", out ConfigNode? choice))
        {
            preset = MachineSection.FindImage(report, choice, Names, []);
            if (preset >= 0 && !items.Contains(preset))
                report.Error(choice, $"expected the name of one of the menu's images, found {choice.Describe()}");
        }

        return menu with { Items = items, MenuTimeout = timeout, MenuDefault = preset };
    }

    private string ReadUrl(ConfigSection section)
    {
        const string Expected = "a URL such as \"http://10.0.0.5/boot.ipxe\"";
        if (!section.TryGetText("chain", Expected, out ConfigNode? node)) return "";
        string text = node.Text;
        bool isGood = text.StartsWith("http://", StringComparison.Ordinal)
            || text.StartsWith("https://", StringComparison.Ordinal)
            || text.StartsWith("tftp://", StringComparison.Ordinal);
        isGood &= text.AsSpan().IndexOfAny(_notInUrls) < 0 && text.Length > text.IndexOf("//", StringComparison.Ordinal) + 2;
        foreach (char c in text) isGood &= char.IsAscii(c);
        if (!isGood) report.Error(node, $"expected {Expected} in plain ASCII, found {node.Describe()}");
        if (text.Length > Limits.UrlBytes) report.Error(node, $"expected at most {Limits.UrlBytes} bytes, found {text.Length}");
        return text;
    }

    private static string NameOf(ImageKind kind)
    {
        foreach ((string key, ImageKind candidate) in _kinds)
        {
            if (candidate == kind) return key;
        }

        return "";
    }

    private CpuFamily ReadProcessor(ConfigSection section)
    {
        const string Expected = "a processor such as \"x64\" or \"arm64\"";
        if (!section.TryGetText("arch", Expected, out ConfigNode? arch)) return CpuFamily.Unknown;
        if (ConfigRules.TryParseProcessor(arch.Text, out CpuFamily cpu, out string hint)) return cpu;
        report.Error(arch, $"expected {Expected}, found {arch.Describe()}{hint}");
        return CpuFamily.Unknown;
    }

    private static string ReadKey(ConfigSection section, string name)
    {
        if (!section.TryGetText(name, "a path below the boot tree", out ConfigNode? node)) return "";
        return section.TryReadKey(node, out string key) ? key : "";
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
}
