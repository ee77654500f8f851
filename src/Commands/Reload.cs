using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Kernel;
using Aglet.Server;

namespace Aglet.Commands;

/// <summary>
/// Reads configuration and tree again while the server goes on with the old ones, a piece between two turns of its loop;
/// what is invalid changes nothing.
/// </summary>
internal sealed class Reload(
    Arguments options,
    IKernel kernel,
    Log log,
    NetbootServer server,
    LinkUpkeep upkeep,
    Configuration current)
{
    private readonly List<string> _problems = [];
    private Configuration _current = current;

    /// <summary>
    /// What was replaced is still in memory: nothing that is allocated later would ever make the collector look.
    /// </summary>
    private bool _hasGarbage;
    private ConfigurationReading? _reading;

    /// <summary>There is more to do: the loop must not wait.</summary>
    public bool IsRunning => _reading is not null || _hasGarbage;

    /// <summary>Begins; from the beginning, when it had begun: what was read since may have changed again.</summary>
    public void Begin()
    {
        Abandon();
        _problems.Clear();
        kernel.NotifyService(Encoding.UTF8.GetBytes($"RELOADING=1\nMONOTONIC_USEC={kernel.Now().Nanoseconds / 1000}"));
        _reading = new(options, kernel, _problems);
    }

    /// <summary>Leaves it unfinished: the server stops.</summary>
    public void Abandon()
    {
        _reading?.Abandon();
        _reading = null;
    }

    /// <summary>The next piece, or nothing.</summary>
    public void Step()
    {
        if (_reading is null)
        {
            if (_hasGarbage) GC.Collect();
            _hasGarbage = false;
            return;
        }

        if (_reading.Step()) return;
        _hasGarbage = true;
        Configuration? next = _reading.Result;
        _reading = null;
        Take(next);
        kernel.NotifyService(Encoding.UTF8.GetBytes($"READY=1\nSTATUS={_current.Summary}"));
    }

    private void Take(Configuration? next)
    {
        string misfit = next is null ? "" : NetworkChoice.Misfit(next.Settings, server.Interfaces);
        if (misfit.Length > 0) _problems.Add(misfit);
        if (next is null || _problems.Count > 0)
        {
            ServeCommand.Refuse(log, _problems, 2);
            ServeCommand.Say(log, LogLevel.Error, "the new configuration is refused: the old one stays in force");
            return;
        }

        ServeCommand.Warn(log, kernel, next);
        if (!next.HasSameNetworkAs(_current))
        {
            ServeCommand.Say(
                log, LogLevel.Error,
                "the interface, dhcp.mode, dhcp.listen, http.port or state changed, which a running server "
                    + "cannot: restart it; until then the old configuration stays in force");
            return;
        }

        server.Replace(next.Catalog);
        _current = next;
        upkeep.Settings = next.Settings;
        ServeCommand.Say(log, LogLevel.Info, $"configuration and tree read again: {next.Summary}");
    }
}
