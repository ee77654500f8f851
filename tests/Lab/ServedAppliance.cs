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
    private readonly LabProcess _process;

    public ServedAppliance(LabNetwork network, string folder, string config, params IReadOnlyList<string> more)
    {
        if (!File.Exists(Repository.Binary))
            throw new LabException($"{Repository.Binary} is missing: run 'make'");
        _network = network;
        _configFile = Path.Combine(folder, "aglet.json");
        File.WriteAllText(_configFile, config);
        _process = LabProcess.Start("aglet", network.Server, Path.Combine(folder, "aglet.log"),
            [Repository.Binary, "serve", "--config", _configFile, .. more]);
    }

    public string Log => _process.Output;

    public int ProcessId => _process.Id;

    public void WaitFor(string text, TimeSpan limit)
    {
        if (!_process.WaitFor(text, limit))
            throw new LabException($"no \"{text}\" in the appliance's log after {limit}");
    }

    /// <summary>The answer file that the product renders for a machine, as its own command tells where it serves.</summary>
    public byte[] AnswerFor(string mac) => LabProcess.RunForBytes(
        _network.Server, TimeSpan.FromSeconds(30), [Repository.Binary, "explain", "--config", _configFile, "--mac", mac, "--answer"]);

    public string AnswerHashFor(string mac) => Convert.ToHexStringLower(SHA256.HashData(AnswerFor(mac)));

    /// <summary>Ends it as a service manager does, which must give exit code 0.</summary>
    public void Stop()
    {
        int? exitCode = _process.Terminate(_drainLimit);
        if (exitCode != 0)
            throw new LabException($"the appliance ended with {exitCode?.ToString() ?? "a kill"} instead of 0");
    }

    public void Dispose() => _process.Dispose();
}
