using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Kernel;
using Aglet.Net;

namespace Aglet.Commands;

/// <summary>
/// What the commands work on: the settings that the command line chose, with the tree that they name.
/// </summary>
internal sealed class Configuration
{
    /// <summary>The option that passes over the usual file.</summary>
    public const string BuiltIn = "--built-in";

    private const string UsualPath = "/etc/aglet/aglet.json";

    public Configuration(string origin, Settings settings, BootCatalog catalog, IReadOnlyList<string> warnings)
    {
        Origin = origin;
        Settings = settings;
        Catalog = catalog;
        Warnings = warnings;
    }

    /// <summary>The file, or words for the built-in configuration.</summary>
    public string Origin { get; }

    public Settings Settings { get; }

    public BootCatalog Catalog { get; }

    /// <summary>What is allowed but surely not meant, a line each.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>How much there is, in words.</summary>
    public string Summary
    {
        get
        {
            string unknown = Settings.Unknown switch
            {
                UnknownPolicy.Menu => "get the menu",
                UnknownPolicy.Disk => "boot their own disk",
                UnknownPolicy.Ignore => "are ignored",
                _ => $"get {Settings.Images[Settings.UnknownImage].Name}",
            };
            return $"{Counted(Catalog.Tree.Count, "file")} of {Megabytes(Catalog.Tree.TotalBytes)}, "
                + $"{Counted(Settings.Images.Count, "image")}, {Counted(Settings.Machines.Count, "machine")}; others {unknown}";
        }
    }

    /// <summary>
    /// Reads what <c>--config</c> names, else the usual file, else the built-in configuration. Null when something is
    /// wrong, and <paramref name="problems"/> says what, a line each.
    /// </summary>
    public static Configuration? Read(Arguments options, IKernel kernel, List<string> problems)
    {
        ConfigurationReading reading = new(options, kernel, problems);
        while (reading.Step())
        {
            // Nobody waits for anything else.
        }

        return reading.Result;
    }

    /// <summary>The settings alone, for a command that needs no tree.</summary>
    public static Settings? ReadSettings(
        Arguments options, IKernel kernel, List<string> problems, List<string> warnings, out string origin)
    {
        SettingsOverrides overrides = new(options.Value("--interface"), options.Value("--tree"), options.Value("--state"));
        List<ConfigProblem> found = [];
        string? path = options.Value("--config");
        if (path is null && !options.Has(BuiltIn) && Exists(kernel, UsualPath)) path = UsualPath;
        origin = path ?? "the built-in configuration";
        Settings? settings = path is null
            ? SettingsReader.Parse(kernel, "built-in", DefaultConfig.Text.ToArray(), overrides, found)
            : SettingsReader.Read(kernel, path, overrides, found);
        foreach (ConfigProblem problem in found) (problem.IsError ? problems : warnings).Add(problem.Text);
        return settings;
    }

    /// <summary>
    /// False when the other one differs in what is fixed at start: interface, ports, addresses given out, state.
    /// </summary>
    public bool HasSameNetworkAs(Configuration other) =>
        string.Join(' ', Settings.Interfaces) == string.Join(' ', other.Settings.Interfaces)
        && Settings.Address == other.Settings.Address
        && Settings.DhcpMode == other.Settings.DhcpMode
        && Settings.DhcpListen == other.Settings.DhcpListen
        && Settings.HttpPort == other.Settings.HttpPort
        && Settings.State == other.Settings.State;

    private static bool Exists(IKernel kernel, string path) =>
        !kernel.GetStatus(Encoding.UTF8.GetBytes(path), out FileStatus status).IsError && status.Kind == FileKind.Regular;

    /// <summary>A count with its noun: <c>1 file</c>, <c>2 files</c>.</summary>
    public static string Counted(int count, string what) =>
        count == 1 ? $"1 {what}" : string.Create(CultureInfo.InvariantCulture, $"{count} {what}s");

    /// <summary>Millions of bytes, rounded up.</summary>
    public static string Megabytes(long bytes) =>
        string.Create(CultureInfo.InvariantCulture, $"{(bytes + 999_999) / 1_000_000} MB");
}
