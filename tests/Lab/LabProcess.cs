using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Threading;

namespace Aglet.Tests.Lab;

/// <summary>What a command printed and how it ended.</summary>
internal sealed record LabResult(int ExitCode, string Output)
{
    public LabResult OrThrow(string what)
        => ExitCode == 0 ? this : throw new LabException($"{what}: exit code {ExitCode}\n{Output}");
}

/// <summary>
/// A child process whose output is collected, in memory and in a file, and which never outlives its owner.
/// </summary>
internal sealed class LabProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StreamWriter? _log;
    private readonly Lock _lock = new();

    private LabProcess(string name, ProcessStartInfo start, string? logFile)
    {
        Name = name;
        _log = logFile is null ? null : new StreamWriter(logFile) { AutoFlush = true };
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.RedirectStandardInput = true;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Collect(line.Data);
        _process.ErrorDataReceived += (_, line) => Collect(line.Data);
        _process.Start();
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Name { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public string Output
    {
        get
        {
            lock (_lock)
                return _output.ToString();
        }
    }

    /// <summary>Starts a command; with a network namespace, inside it.</summary>
    /// <remarks>
    /// <c>ip netns exec</c> becomes the command itself, so the process id is the command's own.
    /// </remarks>
    public static LabProcess Start(
        string name, string? space, string? logFile, IReadOnlyList<string> command,
        IReadOnlyDictionary<string, string>? environment = null)
        => new(name, StartInfo(space, command, environment), logFile);

    /// <summary>Runs a command to its end, at most so long.</summary>
    public static LabResult Run(
        string? space, TimeSpan limit, IReadOnlyList<string> command,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        using LabProcess process = Start(command[0], space, logFile: null, command, environment);
        if (!process._process.WaitForExit(limit))
            throw new LabException($"{string.Join(' ', command)}: not done after {limit}\n{process.Output}");
        process._process.WaitForExit(); // the pipes are read to their end, too
        return new LabResult(process._process.ExitCode, process.Output);
    }

    /// <summary>Runs a command and gives the exact bytes of its standard output.</summary>
    public static byte[] RunForBytes(string? space, TimeSpan limit, IReadOnlyList<string> command)
    {
        ProcessStartInfo start = StartInfo(space, command, environment: null);
        start.RedirectStandardOutput = true;
        using var process = Process.Start(start)!;
        using var bytes = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(bytes);
        if (!process.WaitForExit(limit) || process.ExitCode != 0)
            throw new LabException($"{string.Join(' ', command)}: failed");
        return bytes.ToArray();
    }

    /// <summary>
    /// Waits for a text in the output; false when the time is up or the process ended without it.
    /// </summary>
    public bool WaitFor(string text, TimeSpan limit)
    {
        var watch = Stopwatch.StartNew();
        while (!Output.Contains(text, StringComparison.Ordinal))
        {
            if (watch.Elapsed > limit)
                return false;
            if (_process.HasExited)
            {
                _process.WaitForExit();
                return Output.Contains(text, StringComparison.Ordinal);
            }
            Thread.Sleep(50);
        }
        return true;
    }

    /// <summary>Waits for the end; null when it did not come in time.</summary>
    public int? WaitForExit(TimeSpan limit)
    {
        if (!_process.WaitForExit(limit))
            return null;
        _process.WaitForExit();
        return _process.ExitCode;
    }

    /// <summary>Asks the process to end and gives its exit code; null when it had to be killed.</summary>
    public int? Terminate(TimeSpan limit)
    {
        if (!_process.HasExited)
            _ = LabNative.kill(_process.Id, LabNative.SIGTERM);
        int? exitCode = WaitForExit(limit);
        if (exitCode is null)
            Kill();
        return exitCode;
    }

    public void Signal(int number) => _ = LabNative.kill(_process.Id, number);

    public void Dispose()
    {
        Kill();
        _process.Dispose();
        lock (_lock)
            _log?.Dispose();
    }

    private static ProcessStartInfo StartInfo(
        string? space, IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo(space is null ? command[0] : "ip") { UseShellExecute = false };
        if (space is not null)
        {
            foreach (string word in (string[])["netns", "exec", space, command[0]])
                start.ArgumentList.Add(word);
        }
        for (int index = 1; index < command.Count; index++)
            start.ArgumentList.Add(command[index]);
        if (environment is not null)
        {
            foreach ((string key, string value) in environment)
                start.Environment[key] = value;
        }
        // A user's PATH may lack the folders where dnsmasq, dhclient and tcpdump are.
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin";
        return start;
    }

    private void Kill()
    {
        if (_process.HasExited)
            return;
        _ = LabNative.kill(_process.Id, LabNative.SIGKILL);
        _process.WaitForExit(TimeSpan.FromSeconds(10));
    }

    private void Collect(string? line)
    {
        if (line is null)
            return;
        lock (_lock)
        {
            _output.Append(line).Append('\n');
            if (_log?.BaseStream is not null)
                _log.WriteLine(line);
        }
    }
}
