using System;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;

namespace Aglet.Tests.Lab;

/// <summary>
/// The static binary, serving in the lab's server namespace with a configuration of its own.
/// </summary>
internal sealed class ServedAppliance : IDisposable
{
    private static readonly TimeSpan _drainLimit = TimeSpan.FromSeconds(30);

    private readonly LabNetwork _network;
    private readonly string _configFile;
    private readonly IReadOnlyList<string> _more;
    private readonly string _earlierLog;
    private readonly LabProcess _process;

    public ServedAppliance(LabNetwork network, string folder, string config, params IReadOnlyList<string> more)
        : this(network, Written(folder, config), more, earlierLog: "")
    {
    }

    private ServedAppliance(LabNetwork network, string configFile, IReadOnlyList<string> more, string earlierLog)
    {
        if (!File.Exists(Repository.Binary))
            throw new LabException($"{Repository.Binary} is missing: run 'make'");
        _network = network;
        _configFile = configFile;
        _more = more;
        _earlierLog = earlierLog;
        _process = LabProcess.Start("aglet", network.Server, LogFile(configFile),
            [Repository.Binary, "serve", "--config", configFile, .. more]);
    }

    /// <summary>Everything that it and those before it said.</summary>
    public string Log => _earlierLog + _process.Output;

    public int ProcessId => _process.Id;

    /// <summary>Starts the same once more; this one must have ended.</summary>
    public ServedAppliance Again() => new(_network, _configFile, _more, Log);

    /// <summary>Waits until it says something; what those before it said does not count.</summary>
    public void WaitFor(string text, TimeSpan limit)
    {
        if (!_process.WaitFor(text, limit))
            throw new LabException($"no \"{text}\" in the appliance's log after {limit}");
    }

    /// <summary>The answer file that the product renders for a machine, as its own command tells where it serves.</summary>
    public byte[] AnswerFor(string mac) => Run("explain", "--mac", mac, "--answer");

    public string AnswerHashFor(string mac) => Convert.ToHexStringLower(SHA256.HashData(AnswerFor(mac)));

    /// <summary>What the product says of itself: a command with this configuration, which must succeed.</summary>
    public byte[] Run(string command, params IReadOnlyList<string> arguments) => LabProcess.RunForBytes(
        _network.Server, TimeSpan.FromSeconds(30), [Repository.Binary, command, "--config", _configFile, .. arguments]);

    /// <summary>Ends it as a service manager does, which must give exit code 0.</summary>
    public void Stop()
    {
        int? exitCode = _process.Terminate(_drainLimit);
        if (exitCode != 0)
            throw new LabException($"the appliance ended with {exitCode?.ToString() ?? "a kill"} instead of 0");
    }

    public void Dispose() => _process.Dispose();

    private static string Written(string folder, string config)
    {
        string file = Path.Combine(folder, "aglet.json");
        File.WriteAllText(file, config);
        return file;
    }

    private static string LogFile(string configFile)
    {
        string file = Path.ChangeExtension(configFile, "log");
        for (int number = 2; File.Exists(file); number++)
            file = Path.ChangeExtension(configFile, $"{number}.log");
        return file;
    }
}
