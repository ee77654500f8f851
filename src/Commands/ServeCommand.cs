using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Journal;
using Aglet.Kernel;
using Aglet.Net;
using Aglet.Server;

namespace Aglet.Commands;

/// <summary><c>aglet serve</c>: answers until it is stopped.</summary>
internal static class ServeCommand
{
    /// <returns>0 after a stop signal, 1 when the ports cannot be had, 2 when usage or configuration is wrong.</returns>
    public static int Run(ReadOnlySpan<string> arguments, IKernel kernel)
    {
        Arguments options = new(arguments, ["--config", "--interface", "--tree", "--log"], [Configuration.BuiltIn, "--verbose"]);
        List<string> problems = [.. options.Problems];
        string format = options.Value("--log") ?? "text";
        if (format is not "text" and not "json") problems.Add($"--log {format}: text or json is expected");
        if (problems.Count > 0) return HelpCommand.Usage(kernel, problems);

        Log log = new(kernel, format == "json", options.Has("--verbose") ? LogLevel.Debug : LogLevel.Info);
        Configuration? configuration = Configuration.Read(options, kernel, problems);
        if (configuration is null) return Refuse(log, problems, 2);
        Settings settings = configuration.Settings;
        if (!NetworkChoice.TryFind(kernel, settings, out IReadOnlyList<NetworkInterface> links, out string notFound))
        {
            return Refuse(log, [notFound], 2);
        }

        string misfit = NetworkChoice.Misfit(settings, links);
        if (misfit.Length > 0) return Refuse(log, [misfit], 2);

        Warn(log, kernel, configuration);
        StateJournal? state = null;
        if (configuration.Settings.State is { Length: > 0 } folder)
        {
            state = StateJournal.Open(kernel, log, folder, out string locked);
            if (state is null) return Refuse(log, [locked], 1);
        }

        NetbootServer server = new(kernel, configuration.Catalog, log, links, state);
        IReadOnlyList<string> refused = server.Start();
        if (refused.Count > 0) return Refuse(log, refused, 1);
        Introduce(log, configuration, links);
        while (!server.IsStopped)
        {
            server.Turn();
            if (server.TakeReloadRequest()) configuration = Reload(options, kernel, log, server, links, configuration);
        }

        Say(log, LogLevel.Info, "stopped");
        return 0;
    }

    /// <summary>Reads configuration and tree again; what is invalid changes nothing.</summary>
    private static Configuration Reload(
        Arguments options,
        IKernel kernel,
        Log log,
        NetbootServer server,
        IReadOnlyList<NetworkInterface> links,
        Configuration current)
    {
        List<string> problems = [];
        Configuration? next = Configuration.Read(options, kernel, problems);
        if (next is not null && NetworkChoice.Misfit(next.Settings, links) is { Length: > 0 } problem)
        {
            problems.Add(problem);
        }

        if (next is null || problems.Count > 0)
        {
            Refuse(log, problems, 2);
            Say(log, LogLevel.Error, "the new configuration is refused: the old one stays in force");
            return current;
        }

        Warn(log, kernel, next);
        if (!next.HasSameNetworkAs(current))
        {
            Say(log, LogLevel.Error, "the interface, dhcp.mode, dhcp.listen, http.port or state changed, which a running server "
                + "cannot: restart it; until then the old configuration stays in force");
            return current;
        }

        server.Replace(next.Catalog);
        Say(log, LogLevel.Info, $"configuration and tree read again: {next.Summary}");
        return next;
    }

    /// <summary>
    /// Says what some machine will miss. It is no reason not to serve the others.
    /// </summary>
    private static void Warn(Log log, IKernel kernel, Configuration configuration)
    {
        foreach (string warning in configuration.Warnings) Say(log, LogLevel.Warning, warning);
        CatalogCheck check = new(kernel, configuration);
        check.Run();
        foreach (string line in check.Lines)
        {
            bool isWarning = line.StartsWith(CatalogCheck.WarningMark, StringComparison.Ordinal);
            Say(log, LogLevel.Warning, isWarning ? line[CatalogCheck.WarningMark.Length..] : line);
        }
    }

    /// <summary>Says on the first lines of the log what is served, where, and how to point a machine at it.</summary>
    private static void Introduce(Log log, Configuration configuration, IReadOnlyList<NetworkInterface> links)
    {
        Settings settings = configuration.Settings;
        string port = settings.HttpPort == 80 ? "" : $":{settings.HttpPort}";
        string version = HelpCommand.VersionText;
        List<string> where = [];
        foreach (NetworkInterface link in links) where.Add($"{link.Name}, {link.Address}");
        Say(log, LogLevel.Info, $"aglet {version} on {string.Join(", and on ", where)}, with {configuration.Origin}");
        Say(log, LogLevel.Info, settings.DhcpMode switch
        {
            DhcpMode.Server => $"dhcp: gives out {PoolsOf(settings)} and boots what asks",
            DhcpMode.Proxy => "dhcp: proxy; boots what asks, beside the network's own DHCP server, and gives out no address",
            _ => "dhcp: off; files only",
        });
        foreach (NetworkInterface link in links)
        {
            Ipv4Address address = link.Address.Address;
            Say(log, LogLevel.Info, $"tftp://{address}/ and http://{address}{port}/: {configuration.Summary}");
        }

        Say(log, LogLevel.Info, "ready: start a machine on this network and choose network boot (PXE or UEFI HTTP Boot)");
    }

    /// <summary>The pools, as many as a line can bear.</summary>
    private static string PoolsOf(Settings settings)
    {
        const int Most = 4;
        List<string> pools = [];
        if (settings.Main.Pool is { } main) pools.Add(main.ToString());
        foreach (DhcpSubnetSetting subnet in settings.Subnets)
        {
            if (subnet.Pool is { } pool) pools.Add(pool.ToString());
        }

        if (pools.Count == 0) return "reserved addresses";
        int more = pools.Count - Most;
        return more <= 0 ? string.Join(", ", pools) : $"{string.Join(", ", pools[..Most])} and {more} more pools";
    }

    private static int Refuse(Log log, IReadOnlyList<string> problems, int exitCode)
    {
        foreach (string problem in problems) Say(log, LogLevel.Error, problem);
        return exitCode;
    }

    private static void Say(Log log, LogLevel level, string text) =>
        log.Write(level, "server"u8, default(ReadOnlySpan<byte>), $"{text}");
}
