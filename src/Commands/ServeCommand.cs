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
    private static readonly string[] _valued = ["--config", "--interface", "--tree", "--log", "--user"];

    /// <summary>Serves.</summary>
    /// <param name="arguments">What follows the command's name.</param>
    /// <param name="kernel">The seam.</param>
    /// <param name="keepsPrivileges">True for the first process of a system, which mounts, resets and powers off later.</param>
    /// <returns>0 after a stop signal, 1 when the ports cannot be had, 2 when usage or configuration is wrong.</returns>
    public static int Run(ReadOnlySpan<string> arguments, IKernel kernel, bool keepsPrivileges = false)
    {
        Arguments options = new(arguments, _valued, [Configuration.BuiltIn, "--verbose"]);
        List<string> problems = [.. options.Problems];
        string format = options.Value("--log") ?? "text";
        if (format is not "text" and not "json") problems.Add($"--log {format}: text or json is expected");
        if (problems.Count > 0) return HelpCommand.Usage(kernel, problems);

        Log log = new(kernel, format == "json", options.Has("--verbose") ? LogLevel.Debug : LogLevel.Info);
        if (options.Value("--user") is { } user && !TryBecome(kernel, user, out string cannot)) return Refuse(log, [cannot], 2);
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

        LinkUpkeep upkeep = new(kernel, log) { Settings = settings };
        NetbootServer server = new(kernel, configuration.Catalog, log, links, state, upkeep);
        upkeep.Server = server;
        IReadOnlyList<string> refused = server.Start();
        if (refused.Count > 0) return Refuse(log, refused, 1);
        if (!keepsPrivileges) GiveUpPrivileges(log, kernel);
        foreach (string note in ContainerNote.For(kernel, links)) Say(log, LogLevel.Warning, note);
        Introduce(log, configuration, links);
        kernel.NotifyService(Encoding.UTF8.GetBytes($"READY=1\nSTATUS={configuration.Summary}"));
        Reload reload = new(options, kernel, log, server, upkeep, configuration);
        int collections = GC.CollectionCount(0);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        while (!server.IsStopped)
        {
            server.Turn(mayWait: !reload.IsRunning);
            if (server.TakeReloadRequest()) reload.Begin();
            reload.Step();
        }

        reload.Abandon();
        // What serving must not do. Read before the text of the line is made, which allocates.
        collections = GC.CollectionCount(0) - collections;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Say(log, LogLevel.Debug, $"since the start: {collections} garbage collections, {allocated} bytes allocated");
        Say(log, LogLevel.Info, "stopped");
        return upkeep.HasFailed ? 1 : 0;
    }

    /// <summary>Becomes who <c>--user</c> names, before anything is read: a reload reads as the start did.</summary>
    private static bool TryBecome(IKernel kernel, string text, out string problem)
    {
        if (!UserOption.TryRead(kernel, text, out UserOption user, out problem)) return false;
        SysResult become = kernel.BecomeUser(user.User, user.Group);
        if (!become.IsError) return true;
        problem = $"--user {text}: not permitted: only root, with CAP_SETUID and CAP_SETGID, becomes another user; leave the "
            + "option out to serve as who you are";
        return false;
    }

    /// <summary>The ports are open: from now on nothing needs a right that others do not have.</summary>
    private static void GiveUpPrivileges(Log log, IKernel kernel)
    {
        long user = kernel.GiveUpPrivileges().Value;
        Say(log, LogLevel.Info, user == 0
            ? "runs as root, who keeps the right to files and no other; with --user NAME it gives up that, too, once that user "
                + "may read configuration and tree and owns the state folder"
            : $"runs as user {user}, without any capability");
    }

    /// <summary>
    /// Says what some machine will miss. It is no reason not to serve the others.
    /// </summary>
    public static void Warn(Log log, IKernel kernel, Configuration configuration)
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
    public static void Introduce(Log log, Configuration configuration, IReadOnlyList<NetworkInterface> links)
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

    public static int Refuse(Log log, IReadOnlyList<string> problems, int exitCode)
    {
        foreach (string problem in problems) Say(log, LogLevel.Error, problem);
        return exitCode;
    }

    public static void Say(Log log, LogLevel level, string text) =>
        log.Write(level, "server"u8, default(ReadOnlySpan<byte>), $"{text}");
}
