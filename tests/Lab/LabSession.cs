using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Threading;

namespace Aglet.Tests.Lab;

/// <summary>
/// One test's lab: a network, a boot tree, the appliance and the machines that boot from it. Whatever
/// happens, everything is ended and removed; when the test fails, its message carries the ends of all logs.
/// </summary>
internal sealed class LabSession : IDisposable
{
    private const int TailLines = 25;

    // A person who presses Ctrl-C, or a service manager that ends the run, leaves nothing behind either.
    private static readonly List<LabSession> _running = [];
    private static readonly PosixSignalRegistration[] _signals =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => DisposeAll()),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => DisposeAll()),
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, _ => DisposeAll()),
    ];

    private readonly List<VirtualMachine> _machines = [];
    private readonly List<IDisposable> _others = [];
    private int _started;
    private int _isDisposed;

    private LabSession(string name)
    {
        Folder = Repository.NewFolder(name);
        Tree = Path.Combine(Folder, "tree");
        Network = new LabNetwork();
        Capture = new Capture(Network, Folder);
    }

    public string Folder { get; }

    /// <summary>This test's own boot tree, made by <see cref="FillTree"/>.</summary>
    public string Tree { get; }

    /// <summary>The SHA-256 of the tree's <c>test/proof.bin</c>.</summary>
    public string ProofHash { get; private set; } = "";

    public LabNetwork Network { get; }

    public Capture Capture { get; }

    public ServedAppliance? Appliance { get; private set; }

    /// <summary>
    /// Runs a test in a lab of its own; the name is also that of its folder below <c>out/lab</c>.
    /// </summary>
    public static void Run(string name, Action<LabSession> test)
    {
        var lab = new LabSession(name);
        lock (_running)
            _running.Add(lab);
        try
        {
            test(lab);
            lab.Appliance?.Stop();
        }
        catch (Exception failure)
        {
            throw new LabException($"{failure.Message}\n{lab.Diagnosis()}", failure);
        }
        finally
        {
            lab.Dispose();
            lock (_running)
                _running.Remove(lab);
        }
    }

    /// <summary>
    /// Makes this test's tree: the common one by hard links, and with an architecture the test guest as
    /// <c>test/linux</c> and <c>test/initrd.gz</c>.
    /// </summary>
    public void FillTree(string? guestArchitecture = null)
    {
        if (!File.Exists(Path.Combine(Repository.BootTree, "SOURCES.txt")))
            throw new LabException($"{Repository.BootTree} is not filled: run 'make tree'");
        LabProcess.Run(null, TimeSpan.FromMinutes(1), [
            "sh", "-c", "cp -al \"$1\" \"$2\" 2>/dev/null || cp -a \"$1\" \"$2\"", "sh", Repository.BootTree, Tree])
            .OrThrow("a copy of the boot tree");
        string folder = Directory.CreateDirectory(Path.Combine(Tree, "test")).FullName;
        // What a guest fetches is new for each test, so that its hash proves that it came from here.
        byte[] proof = RandomNumberGenerator.GetBytes(100_000);
        File.WriteAllBytes(Path.Combine(folder, "proof.bin"), proof);
        ProofHash = Convert.ToHexStringLower(SHA256.HashData(proof));
        if (guestArchitecture is null)
            return;
        File.Copy(Path.Combine(Repository.BootTree, "debian", guestArchitecture, "linux"), Path.Combine(folder, "linux"));
        File.Copy(GuestInitrd.For(guestArchitecture), Path.Combine(folder, "initrd.gz"));
    }

    /// <summary>Writes an answer-file template beside the configuration.</summary>
    public void AddTemplate(string name, string text)
    {
        string file = Path.Combine(Folder, "answers", name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    public ServedAppliance Serve(string config, params IReadOnlyList<string> more)
        => Appliance = new ServedAppliance(Network, Folder, config, more);

    /// <summary>Ends the appliance and starts it again with the same configuration and state.</summary>
    public void Restart()
    {
        Appliance!.Stop();
        Appliance = Appliance.Again();
    }

    /// <summary>Starts a machine, from any thread, as soon as it has its turn.</summary>
    public VirtualMachine Boot(VirtualMachineSettings settings)
    {
        var machine = new VirtualMachine(Network, Folder, $"machine{Interlocked.Increment(ref _started)}", settings);
        lock (_machines)
            _machines.Add(machine);
        return machine;
    }

    /// <summary>Has something ended together with this lab.</summary>
    public T Own<T>(T other)
        where T : IDisposable
    {
        _others.Add(other);
        return other;
    }

    /// <summary>Gives the client's host an address without DHCP.</summary>
    public void GiveClientAddress()
        => OnClient(TimeSpan.FromSeconds(10), "ip", "address", "add", "10.0.0.5/24", "dev", "eth0").OrThrow("ip");

    /// <summary>
    /// Waits until the appliance answers; a machine would ask again, a command-line client does not.
    /// </summary>
    public void WaitUntilServed()
        => OnClient(TimeSpan.FromSeconds(40), "curl", "-sS", "-o", "/dev/null", "--retry", "30", "--retry-delay", "1",
            "--retry-connrefused", "--max-time", "30", $"http://{LabNetwork.ServerAddress}/").OrThrow("curl");

    /// <summary>Runs a command on the client's host.</summary>
    public LabResult OnClient(TimeSpan limit, params IReadOnlyList<string> command)
        => LabProcess.Run(Network.Client, limit, command);

    /// <summary>The status that the client's host gets for a URL.</summary>
    public string Status(string url, params IReadOnlyList<string> more)
        => OnClient(TimeSpan.FromSeconds(30), [
            "curl", "-sS", "--max-time", "20", "-o", "/dev/null", "-w", "%{http_code}", .. more, url]).OrThrow("curl").Output.Trim();

    /// <summary>Runs a command on the appliance's host.</summary>
    public LabResult InServer(params IReadOnlyList<string> command)
        => LabProcess.Run(Network.Server, TimeSpan.FromSeconds(20), command);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        foreach (VirtualMachine machine in _machines)
            machine.Dispose();
        Appliance?.Dispose();
        foreach (IDisposable other in _others)
            other.Dispose();
        Capture.Dispose();
        Network.Dispose();
        if (Directory.Exists(Tree))
            Directory.Delete(Tree, recursive: true);
    }

    private static void DisposeAll()
    {
        lock (_running)
        {
            foreach (LabSession lab in _running)
                lab.Dispose();
        }
    }

    private string Diagnosis()
    {
        var text = new StringBuilder();
        foreach (VirtualMachine machine in _machines)
        {
            machine.Console.Read();
            Section(text, $"console of {machine.Name}", machine.Console.Text);
        }
        if (Appliance is not null)
            Section(text, "log of the appliance", Appliance.Log);
        foreach (IDisposable other in _others)
        {
            if (other is PlainDhcpServer server)
                Section(text, "log of the plain DHCP server", server.Log);
        }
        Section(text, "last packets", Capture.Tail(TailLines));
        return text.Append("everything is in ").Append(Folder).ToString();
    }

    private static void Section(StringBuilder text, string title, string content)
    {
        string[] lines = content.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        text.Append("--- ").Append(title).Append(":\n");
        foreach (string line in lines[Math.Max(0, lines.Length - TailLines)..])
            text.Append("    ").Append(line).Append('\n');
    }
}
