using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using Aglet.Kernel;

using static Aglet.Linux.LibcConstants;

namespace Aglet.Linux;

/// <summary>Loads what the hardware needs from <c>/lib/modules/RELEASE</c>; no modprobe, no udev.</summary>
internal sealed unsafe class KernelModules
{
    /// <summary>A driver may show a bus whose devices need drivers, which show a bus …: not for ever.</summary>
    private const int RoundsMax = 5;

    private readonly string _folder;
    private readonly ModuleIndex _index;
    private readonly HashSet<string> _done = [];

    public KernelModules()
    {
        Release = ReadRelease();
        _folder = $"/lib/modules/{Release}";
        _index = new(SystemFiles.Read($"{_folder}/modules.dep") ?? [], SystemFiles.Read($"{_folder}/modules.alias") ?? []);
    }

    /// <summary>The kernel's release, such as <c>6.1.0-50-amd64</c>.</summary>
    public string Release { get; }

    /// <summary>Modules that there are for this kernel.</summary>
    public int Available => _index.Count;

    /// <summary>Modules loaded by us.</summary>
    public List<string> Loaded { get; } = [];

    /// <summary>What could not be loaded, a line each.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>Loads what modules.load lists: a name a line, # begins a comment.</summary>
    public void LoadListed()
    {
        byte[] list = SystemFiles.Read($"{_folder}/modules.load") ?? [];
        foreach (string line in Encoding.UTF8.GetString(list).Split('\n', StringSplitOptions.TrimEntries))
        {
            if (line.Length > 0 && line[0] != '#') Load(line);
        }
    }

    /// <summary>Loads the drivers of the devices that there are, and of those that these bring to light.</summary>
    public void LoadForDevices()
    {
        for (int round = 0; round < RoundsMax; round++)
        {
            int before = _done.Count;
            foreach (string modalias in Devices())
            {
                // A device that nobody can drive is met in every round, and every time we look.
                if (!_done.Add(modalias)) continue;
                List<string> drivers = [];
                _index.AddDriversOf(Encoding.UTF8.GetBytes(modalias), drivers);
                foreach (string driver in drivers) Load(driver);
            }

            if (_done.Count == before) return;
        }
    }

    /// <summary>Loads a module behind what it needs. One that is not there may be built in.</summary>
    public void Load(string module)
    {
        foreach (string path in _index.PathsOf(module))
        {
            string name = ModuleIndex.NameOf(path);
            if (!_done.Add("module:" + name)) continue;
            SysResult loaded = Insert(path.StartsWith('/') ? path : $"{_folder}/{path}");
            if (!loaded.IsError) Loaded.Add(name);
            else if (loaded.Errno is not EEXIST and not ENODEV) Problems.Add($"{name}: {loaded.Errno}");
        }
    }

    private static SysResult Insert(string path)
    {
        SysResult opened = SystemFiles.Open(path, O_RDONLY);
        if (opened.IsError) return opened;
        nint number = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 313 : 273; // finit_module
        SysResult loaded;
        fixed (byte* nothing = "\0"u8) loaded = SystemCall.Result(Libc.syscall(number, opened.Count, nothing, 0));
        _ = Libc.close(opened.Count);
        return loaded;
    }

    /// <summary>What the kernel says of each device on each bus, and of each input device.</summary>
    private static List<string> Devices()
    {
        List<string> found = [];
        foreach (string bus in SystemFiles.Names("/sys/bus")) AddDevices($"/sys/bus/{bus}/devices", found);
        AddDevices("/sys/class/input", found);
        return found;
    }

    private static void AddDevices(string folder, List<string> found)
    {
        foreach (string device in SystemFiles.Names(folder))
        {
            string modalias = SystemFiles.ReadLine($"{folder}/{device}/modalias");
            if (modalias.Length > 0) found.Add(modalias);
        }
    }

    private static string ReadRelease()
    {
        const int NameBytes = 65; // struct utsname: six texts of 65 bytes, the release is the third
        byte* names = stackalloc byte[6 * NameBytes];
        if (Libc.uname(names) != 0) return "";
        return Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(names + (2 * NameBytes)));
    }
}
