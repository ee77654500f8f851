using System;
using System.Collections.Generic;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Config;

/// <summary>What the command line says instead of the configuration; null where it says nothing.</summary>
internal sealed record SettingsOverrides(string? Interface = null, string? Tree = null, string? State = null)
{
    public static readonly SettingsOverrides None = new();
}

/// <summary>Makes settings of a configuration file, or says everything that is wrong with it.</summary>
internal sealed class SettingsReader
{
    /// <summary>Where the boot tree is when nobody says: the place that the image's skeleton has.</summary>
    public const string DefaultTree = "/srv/boot";

    private readonly ConfigReport _report;
    private readonly IKernel _kernel;
    private readonly string _folder;

    private SettingsReader(ConfigReport report, IKernel kernel, string folder) =>
        (_report, _kernel, _folder) = (report, kernel, folder);

    /// <summary>
    /// Reads a file. Null when there are errors among <paramref name="problems"/>; warnings alone do no harm.
    /// </summary>
    /// <param name="kernel">What files are read through.</param>
    /// <param name="path">The file; paths within it are relative to its folder.</param>
    /// <param name="overrides">What the command line says instead.</param>
    /// <param name="problems">Takes a line for each mistake, in the order of the file.</param>
    public static Settings? Read(
        IKernel kernel, string path, SettingsOverrides overrides, List<ConfigProblem> problems)
    {
        if (ConfigFile.TryRead(kernel, path, Limits.ConfigBytes, out byte[]? text, out string problem))
        {
            return Parse(kernel, path, text, overrides, problems);
        }

        problems.Add(new(true, $"{path}: the configuration cannot be read: {problem}"));
        return null;
    }

    /// <summary>Makes settings of text that is there already, such as <see cref="DefaultConfig"/>.</summary>
    public static Settings? Parse(
        IKernel kernel, string path, byte[] text, SettingsOverrides overrides, List<ConfigProblem> problems)
    {
        ConfigReport report = new(path, text);
        SettingsReader reader = new(report, kernel, ConfigFile.FolderOf(path));
        Settings? settings = ConfigParser.Parse(text, report) is { } root ? reader.ReadTop(root, overrides) : null;
        report.AddTo(problems);
        return report.HasErrors ? null : settings;
    }

    private Settings? ReadTop(ConfigNode root, SettingsOverrides overrides)
    {
        if (!root.IsObject)
        {
            _report.Error(root, $"expected an object {{ }}, found {root.Describe()}");
            return null;
        }

        ReportDuplicates(root);
        ConfigSection top = new(root, _report, ConfigKeys.Top);
        top.TryGet("$schema", ConfigNodeKind.Text, "a text", out _);
        Settings settings = new() { Tree = ReadTree(top, overrides), State = overrides.State ?? ReadState(top) };
        settings = new NetworkSection(_report).Read(settings, top);
        settings = new UpdateSection(_report).Read(settings, top);
        ImageSection imageSection = new(_report, _kernel, _folder);
        List<ImageSetting> images = imageSection.Read(top);
        List<string> names = imageSection.Names;
        settings = settings with
        {
            Interfaces = overrides.Interface is { } name ? [name] : settings.Interfaces,
            Programs = ProgramSection.Read(_report, top),
            RequiresSecureBoot = top.GetFlag("secure-boot") ?? false,
            Variables = top.GetVariables("vars"),
            Images = images,
            Groups = new GroupSection(_report, names).Read(top),
            Machines = new MachineSection(_report, settings, names).Read(top),
        };
        settings = ReadMenu(settings, top, names) with { Places = FindPlaces(root, overrides) };
        return ReadUnknown(settings, top, names);
    }

    private string ReadTree(ConfigSection top, SettingsOverrides overrides)
    {
        string tree = top.TryGetText("tree", "the folder of the boot tree such as \"/srv/boot\"", out ConfigNode? node)
            ? ConfigFile.Below(_folder, node.Text)
            : DefaultTree;
        return overrides.Tree ?? tree;
    }

    private string ReadState(ConfigSection top) =>
        top.TryGetText("state", "a folder such as \"/var/lib/aglet\"", out ConfigNode? node)
            ? ConfigFile.Below(_folder, node.Text)
            : "";

    /// <summary>The places of what is compared with the tree once that is read.</summary>
    private Dictionary<string, string> FindPlaces(ConfigNode root, SettingsOverrides overrides)
    {
        Dictionary<string, string> places = [];
        foreach (ConfigNode child in root.Children)
        {
            bool isCompared = child.Name is "images" or "programs" || (child.Name == "tree" && overrides.Tree is null);
            if (isCompared) _report.AddPlaces(child, places);
        }

        return places;
    }

    private Settings ReadMenu(Settings settings, ConfigSection top, List<string> names)
    {
        if (!top.TryGetObject("menu", out ConfigNode? node)) return settings;
        ConfigSection section = new(node, _report, ConfigKeys.Menu);
        if (section.TryGetText("title", "a title", out ConfigNode? title)) settings = settings with { MenuTitle = title.Text };
        if (section.TryGetMenuTimeout(out Duration timeout)) settings = settings with { MenuTimeout = timeout };
        if (!section.TryGetText("default", "the name of an image or \"disk\"", out ConfigNode? choice)) return settings;
        bool isDisk = choice.Text == "disk" && !names.Contains("disk");
        int image = isDisk ? -1 : MachineSection.FindImage(_report, choice, names, ["disk"]);
        return settings with { MenuDefault = image };
    }

    private Settings ReadUnknown(Settings settings, ConfigSection top, List<string> names)
    {
        const string Expected = "the name of an image, \"menu\", \"disk\" or \"ignore\"";
        if (!top.TryGetText("unknown", Expected, out ConfigNode? node)) return settings;
        switch (node.Text)
        {
            case "menu":
                return settings with { Unknown = UnknownPolicy.Menu };
            case "disk":
                return settings with { Unknown = UnknownPolicy.Disk };
            case "ignore":
                return settings with { Unknown = UnknownPolicy.Ignore };
            default:
                int image = MachineSection.FindImage(_report, node, names, ["menu", "disk", "ignore"]);
                return settings with { Unknown = UnknownPolicy.Image, UnknownImage = image };
        }
    }

    /// <summary>A key that is given twice: readers of JSON differ in which one they take, so neither is.</summary>
    private void ReportDuplicates(ConfigNode node)
    {
        Dictionary<string, ConfigNode>? seen = node.IsObject && node.Children.Count > 1 ? [] : null;
        foreach (ConfigNode child in node.Children)
        {
            if (seen is not null && !seen.TryAdd(child.Name, child))
            {
                int line = _report.LineOf(seen[child.Name].NameOffset);
                _report.ErrorAtName(child, $"expected each key once, found it in line {line} already");
            }

            ReportDuplicates(child);
        }
    }
}
