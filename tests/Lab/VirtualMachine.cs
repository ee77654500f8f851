using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Net.Sockets;
using System.Text;
using System.Threading;

namespace Aglet.Tests.Lab;

/// <summary>The firmware that a virtual machine starts with, and by which protocol it boots.</summary>
internal enum Firmware
{
    /// <summary>
    /// SeaBIOS, with the network card's own option ROM (iPXE as a PXE ROM, architecture 0).
    /// </summary>
    Bios,

    /// <summary>OVMF, PXE by EDK2's own network stack (architecture 7).</summary>
    Uefi,

    /// <summary>OVMF with PXE switched off, so that only UEFI HTTP Boot is left (architecture 16).</summary>
    UefiHttpBoot,

    /// <summary>OVMF with Microsoft's keys enrolled and Secure Boot enforced (architecture 7).</summary>
    SecureBoot,

    /// <summary>AAVMF on a virtual arm64 machine (architecture 11).</summary>
    Arm64,

    /// <summary>U-Boot on a virtual arm64 machine (architecture 22).</summary>
    UBootArm64,
}

/// <summary>What makes one virtual machine different from another.</summary>
internal sealed record VirtualMachineSettings(Firmware Firmware, string Mac)
{
    public int MemoryMegabytes { get; init; } = 512;

    /// <summary>
    /// What on the console means that the machine will not go on by itself, so that waiting is of no use.
    /// </summary>
    public IReadOnlyList<string> StuckTexts { get; init; } = ["GUEST-FAILED", "Prompt: '?' for help", "Kernel panic"];

    /// <summary>
    /// What QEMU takes as a disk, which the firmware tries after the network: a raw image's path, or
    /// <c>fat:ro:FOLDER</c>. Empty for none.
    /// </summary>
    public string Disk { get; init; } = "";

    /// <summary>The namespace whose bridge it is on; null for that of the servers.</summary>
    public string? Space { get; init; }

    /// <summary>
    /// The disk is on USB, of which the test guest has the drivers, it can be written, and the machine really reboots.
    /// </summary>
    public bool IsInstalled { get; init; }

    /// <summary>It starts from its disk alone, every write of which is durable before the machine knows.</summary>
    public bool IsAppliance { get; init; }

    /// <summary>An appliance has a watchdog, which resets it when it is not fed.</summary>
    public bool HasWatchdog { get; init; }

    /// <summary>A kernel that QEMU starts itself, without firmware: its path; empty for none.</summary>
    public string Kernel { get; init; } = "";

    public string Initrd { get; init; } = "";

    /// <summary>It starts again when it restarts itself; else it ends.</summary>
    public bool MayRestart { get; init; }

    /// <summary>The SMBIOS UUID, which is option 97.</summary>
    public string Uuid { get; init; } = "a61e0000-0000-4000-8000-000000000001";
}

/// <summary>
/// A machine under QEMU's own emulation (never KVM, which is not everywhere and hangs where it is nested),
/// with one network card on the bridge and its console in a file.
/// </summary>
internal sealed class VirtualMachine : IDisposable
{
    /// <summary>Two at a time: more would only make each other slow on a small machine.</summary>
    private static readonly SemaphoreSlim _slots = new(2);

    private static readonly TimeSpan _turnLimit = TimeSpan.FromMinutes(30);

    private static readonly TimeSpan _lineLimit = TimeSpan.FromSeconds(30);

    private readonly LabNetwork _network;
    private readonly string _space;
    private readonly string _tap;
    private readonly string _monitor;
    private readonly LabProcess _qemu;
    private readonly IReadOnlyList<string> _stuckTexts;
    private readonly List<string> _copies = [];
    private readonly bool _hasTurn;
    private int _isDisposed;

    public VirtualMachine(LabNetwork network, string folder, string name, VirtualMachineSettings settings)
    {
        _network = network;
        _space = settings.Space ?? network.Bridge;
        Name = name;
        _stuckTexts = settings.StuckTexts;

        // Who waits for a machine that it boots must not keep that one from its turn: appliances need none.
        _hasTurn = !settings.IsAppliance;
        if (_hasTurn && !_slots.Wait(_turnLimit))
            throw new LabException($"{name}: no turn within {_turnLimit}");
        string console = Path.Combine(folder, name + ".console");
        try
        {
            _tap = network.AddTap(_space);
            _monitor = MonitorOf(folder);
            Console = new SerialConsole(console);
            _qemu = LabProcess.Start(name, _space, Path.Combine(folder, name + ".qemu.log"),
                Command(folder, console, settings));
        }
        catch
        {
            if (_hasTurn)
                _slots.Release();
            throw;
        }
    }

    public string Name { get; }

    public SerialConsole Console { get; }

    public bool IsRunning => !_qemu.HasExited;

    /// <summary>Waits for a text on the machine's console.</summary>
    public void WaitFor(string text, TimeSpan limit)
    {
        var watch = Stopwatch.StartNew();
        while (!Console.Text.Contains(text, StringComparison.Ordinal))
        {
            bool hasExited = _qemu.HasExited;
            Console.Read();
            if (Console.Text.Contains(text, StringComparison.Ordinal))
                return;
            if (hasExited)
                throw new LabException($"{Name} ended without \"{text}\" on its console\n{_qemu.Output}");
            foreach (string stuck in _stuckTexts)
            {
                if (Console.Text.Contains(stuck, StringComparison.Ordinal))
                    throw new LabException($"{Name} is stuck: \"{stuck}\" is on its console, not \"{text}\"");
            }
            if (watch.Elapsed > limit)
                throw new LabException($"{Name}: no \"{text}\" on its console after {limit}");
            Thread.Sleep(100);
        }
    }

    /// <summary>Waits until it has switched itself off.</summary>
    public void WaitForEnd(TimeSpan limit)
    {
        if (_qemu.WaitForExit(limit) is null)
            throw new LabException($"{Name} still runs after {limit}");
        Console.Read();
    }

    /// <summary>Says something to QEMU's monitor, such as <c>set_link net0 off</c>.</summary>
    public void Tell(string command)
    {
        using Socket monitor = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        monitor.Connect(new UnixDomainSocketEndPoint(_monitor));
        monitor.Send(Encoding.ASCII.GetBytes(command + "\n"));

        // It reads on only while somebody listens.
        byte[] answer = new byte[4096];
        monitor.ReceiveTimeout = 2000;
        try
        {
            while (monitor.Receive(answer) > 0 && !Encoding.ASCII.GetString(answer).Contains(command, StringComparison.Ordinal)) ;
        }
        catch (SocketException)
        {
            // It has said all that it has to say.
        }
    }

    /// <summary>
    /// The rest of the console's line that begins with a word of the guest's, without that word. It waits for the end of
    /// that line: the console is read while the machine writes.
    /// </summary>
    public string LineAfter(string word)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < _lineLimit)
        {
            bool hasExited = _qemu.HasExited;
            Console.Read();
            string[] lines = Console.Text.Split('\n');

            // What comes after the last line feed may go on, unless nobody writes any more.
            int ended = hasExited ? lines.Length : lines.Length - 1;
            for (int i = 0; i < ended; i++)
            {
                if (lines[i].StartsWith(word + " ", StringComparison.Ordinal))
                    return lines[i][(word.Length + 1)..].Trim();
            }
            if (hasExited)
                break;
            Thread.Sleep(100);
        }
        throw new LabException($"{Name}: no whole line \"{word} …\" on its console");
    }

    /// <summary>Switches it off; the next machine may start.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        _qemu.Dispose();
        Console.Dispose();
        _network.RemoveTap(_space, _tap);
        foreach (string copy in _copies)
            File.Delete(copy);
        File.Delete(_monitor);
        if (_hasTurn)
            _slots.Release();
    }

    private string MonitorOf(string folder) => Path.Combine(Path.GetTempPath(), $"aglet-{Environment.ProcessId}-{Path.GetFileName(folder)}-{Name}.monitor");

    private List<string> Command(string folder, string console, VirtualMachineSettings settings)
    {
        List<string> command =
        [
            settings.Firmware is Firmware.Arm64 or Firmware.UBootArm64 ? "qemu-system-aarch64" : "qemu-system-x86_64",
            "-nodefaults", "-no-user-config", "-display", "none", "-monitor", $"unix:{MonitorOf(folder)},server,nowait",
            "-serial", "file:" + console, "-accel", "tcg", "-smp", "1", "-m", $"{settings.MemoryMegabytes}",
            "-uuid", settings.Uuid, "-netdev", $"tap,id=net0,ifname={_tap},script=no,downscript=no",
        ];
        string card = $"virtio-net-pci,netdev=net0,mac={settings.Mac}" + (settings.IsAppliance ? ",romfile=" : ",bootindex=1");
        // Without an empty ROM file the card's iPXE would take the place of the firmware's own network stack.
        string bareCard = settings.IsAppliance ? card : card + ",romfile=";
        switch (settings.Firmware)
        {
            case Firmware.Bios:
                command.AddRange(["-cpu", "max", "-machine", "pc,graphics=off",
                    "-boot", "order=n,menu=off,strict=on", "-device", card]);
                if (settings.Kernel.Length > 0)
                {
                    command.AddRange(["-kernel", settings.Kernel, "-initrd", settings.Initrd,
                        "-append", "console=ttyS0 panic=10 quiet"]);
                }
                break;
            case Firmware.Uefi or Firmware.UefiHttpBoot:
                command.AddRange(["-cpu", "max", "-machine", "q35", "-device", bareCard]);
                AddFlash(command, folder, "/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd");
                break;
            case Firmware.SecureBoot:
                command.AddRange(["-cpu", "max", "-machine", "q35,smm=on", "-device", bareCard,
                    "-global", "driver=cfi.pflash01,property=secure,value=on", "-global", "ICH9-LPC.disable_s3=1"]);
                AddFlash(command, folder, "/usr/share/OVMF/OVMF_CODE_4M.ms.fd", "/usr/share/OVMF/OVMF_VARS_4M.ms.fd");
                break;
            case Firmware.Arm64:
                command.AddRange(["-cpu", "cortex-a57", "-machine", "virt", "-device", bareCard]);
                AddFlash(command, folder, "/usr/share/AAVMF/AAVMF_CODE.fd", "/usr/share/AAVMF/AAVMF_VARS.fd");
                break;
            case Firmware.UBootArm64:
                command.AddRange(["-cpu", "cortex-a57", "-machine", "virt", "-bios", "/usr/lib/u-boot/qemu_arm64/u-boot.bin",
                    "-device", $"e1000,netdev=net0,mac={settings.Mac},romfile="]);
                break;
        }
        if (settings.Firmware is not Firmware.Bios and not Firmware.UBootArm64)
        {
            // The firmware needs random numbers for its network stack, and would wait long for IPv6.
            command.AddRange(["-device", "virtio-rng-pci", "-fw_cfg", "name=opt/org.tianocore/IPv6PXESupport,string=n"]);
        }
        if (!settings.IsInstalled && !settings.MayRestart)
            command.Add("-no-reboot");
        if (settings.IsInstalled)
        {
            command.AddRange(["-drive", $"if=none,id=disk0,format=raw,cache=unsafe,file={settings.Disk}", "-device", "qemu-xhci",
                "-device", "usb-storage,drive=disk0,bootindex=2"]);
        }
        else if (settings.IsAppliance)
        {
            command.AddRange(["-drive", $"if=none,id=disk0,format=raw,cache=writethrough,file={settings.Disk}",
                "-device", "virtio-blk-pci,drive=disk0,bootindex=1"]);
            if (settings.HasWatchdog)
                command.AddRange(["-device", "i6300esb", "-action", "watchdog=reset"]);
        }
        else if (settings.Disk.Length > 0)
        {
            command.AddRange(["-drive", $"if=none,id=disk0,format=raw,readonly=on,file={settings.Disk}",
                "-device", "virtio-blk-pci,drive=disk0,bootindex=2"]);
        }
        if (settings.Firmware == Firmware.UefiHttpBoot)
            command.AddRange(["-fw_cfg", "name=opt/org.tianocore/IPv4PXESupport,string=n"]);
        return command;
    }

    private void AddFlash(List<string> command, string folder, string code, string variables)
    {
        string copy = Path.Combine(folder, Name + ".variables");
        File.Copy(variables, copy, overwrite: true);
        _copies.Add(copy);
        command.AddRange([
            "-drive", $"if=pflash,unit=0,format=raw,readonly=on,file={code}",
            "-drive", $"if=pflash,unit=1,format=raw,file={copy}"]);
    }
}
