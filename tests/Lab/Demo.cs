using System;
using System.Diagnostics;
using System.Text;
using System.Threading;

namespace Aglet.Tests.Lab;

/// <summary>
/// <c>make demo</c>: a virtual network, the appliance on it, and a virtual machine with no disk that starts the
/// Debian installer from it, up to the installer reading its answer file. Each step is told in plain words.
/// </summary>
internal static class Demo
{
    private const string Marker = "AGLET-HASH ";

    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(10);
    private static readonly Stopwatch _watch = Stopwatch.StartNew();

    /// <summary>
    /// The answers of the demo's machine; the last one tells on the console that they were read.
    /// </summary>
    private const string Answers = """
        #_preseed_V1 for {{ name }} ({{ mac }})
        d-i debian-installer/locale string en_US.UTF-8
        d-i keyboard-configuration/xkb-keymap select us
        d-i netcfg/get_hostname string {{ name }}
        d-i time/zone string {{ timezone }}
        d-i passwd/root-login boolean false
        d-i preseed/early_command string \
            (echo; echo "AGLET-PRESEED {{ name }} {{ address }} {{ timezone }}"; \
            echo "AGLET-HASH $(wget -q -O - $(debconf-get preseed/url) | sha256sum)") > /dev/console

        """;

    public static int Run()
    {
        try
        {
            Say("making a virtual network: nothing of it is visible outside, and it is gone afterwards");
            LabSession.Run("demo", Play);
            Say("everything is removed again; the logs are in out/lab/demo");
            return 0;
        }
        catch (LabException failure)
        {
            Console.Error.WriteLine($"The demo failed: {failure.Message}");
            return 1;
        }
    }

    private static void Play(LabSession lab)
    {
        lab.FillTree();
        lab.AddTemplate("debian.cfg", Answers);
        string config = LabConfig.For(LabConfig.Installer);
        Say($"starting aglet on {LabNetwork.ServerAddress} with this configuration:");
        foreach (string line in config.Split('\n'))
            Show("config", line);
        ServedAppliance appliance = lab.Serve(config);

        Say($"switching on a machine with an empty memory and no disk ({LabConfig.MachineMac}, BIOS, emulated, so slowly);");
        Say("its network card asks for an address and a program to boot. Below: what aglet and the machine say");
        VirtualMachine machine = lab.Boot(new(Firmware.Bios, LabConfig.MachineMac) { MemoryMegabytes = 1024 });
        Follow(appliance, machine);

        string hash = machine.LineAfter("AGLET-HASH").Split(' ')[0];
        byte[] answer = appliance.AnswerFor(LabConfig.MachineMac);
        Say("the Debian installer has read its answer file, which aglet made for this machine:");
        foreach (string line in Encoding.UTF8.GetString(answer).TrimEnd().Split('\n'))
            Show("answer", line);
        if (hash != appliance.AnswerHashFor(LabConfig.MachineMac))
            throw new LabException($"what the machine read (SHA-256 {hash}) is not what was made for it");
        Say($"the machine read the same bytes: SHA-256 {hash}");
        Say("from here the installer would go on without a question; switching the machine off");
    }

    /// <summary>Shows both logs as they grow, until the machine says that it has its answers.</summary>
    private static void Follow(ServedAppliance appliance, VirtualMachine machine)
    {
        var watch = Stopwatch.StartNew();
        int shownLog = 0;
        int shownConsole = 0;
        while (true)
        {
            bool isRunning = machine.IsRunning;
            shownLog = ShowNew("aglet", appliance.Log, shownLog);
            shownConsole = ShowNew("machine", machine.Console.Text, shownConsole);
            int marker = machine.Console.Text.IndexOf(Marker, StringComparison.Ordinal);
            if (marker >= 0 && machine.Console.Text.IndexOf('\n', marker) >= 0)
                return;
            if (!isRunning)
                throw new LabException("the machine stopped before it had its answers");
            if (watch.Elapsed > _limit)
                throw new LabException($"the machine had no answers after {_limit}");
            Thread.Sleep(200);
        }
    }

    /// <summary>Shows the whole lines that are new, and gives the position behind them.</summary>
    private static int ShowNew(string who, string text, int shown)
    {
        for (int end; (end = text.IndexOf('\n', shown)) >= 0; shown = end + 1)
        {
            string line = text[shown..end].TrimEnd();
            if (line.Length > 0)
                Show(who, line);
        }
        return shown;
    }

    private static void Say(string step)
        => Console.WriteLine($"[{_watch.Elapsed.TotalSeconds,4:F0} s] {step}");

    private static void Show(string who, string line) => Console.WriteLine($"         {who,7} | {line}");
}
