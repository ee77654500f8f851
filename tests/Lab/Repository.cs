using System;
using System.Diagnostics;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;

namespace Aglet.Tests.Lab;

/// <summary>Where things are in the repository that these tests were built from.</summary>
internal static class Repository
{
    private static readonly TimeSpan _turnLimit = TimeSpan.FromMinutes(15);

    /// <summary>Held until this process ends: two runs at a time would empty each other's folders.</summary>
    private static readonly Lazy<FileStream> _turn = new(TakeTurn);

    public static string Root { get; } = FindRoot();

    /// <summary>The boot tree that <c>make tree</c> fills.</summary>
    public static string BootTree => Path.Combine(Root, "rootfs", "srv", "boot");

    /// <summary>The files of the test guest: its init and the scripts that DHCP clients call.</summary>
    public static string GuestFiles => Path.Combine(Root, "tests", "Guest");

    /// <summary>The static binary under test; <c>AGLET_BINARY</c> names another one.</summary>
    public static string Binary => Environment.GetEnvironmentVariable("AGLET_BINARY")
        ?? Path.Combine(Root, "out",
            RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "linux-arm64" : "linux-x64", "aglet");

    /// <summary>What guests are made from is kept between runs.</summary>
    public static string CacheFolder => Directory.CreateDirectory(Path.Combine(Root, "out", "lab", "cache")).FullName;

    /// <summary>
    /// An empty folder for the files of one test: configuration, logs, consoles and the capture.
    /// </summary>
    public static string NewFolder(string name)
    {
        _ = _turn.Value;
        string folder = Path.Combine(Root, "out", "lab", name);
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        return Directory.CreateDirectory(folder).FullName;
    }

    private static FileStream TakeTurn()
    {
        string path = Path.Combine(CacheFolder, "turn");
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (watch.Elapsed < _turnLimit)
            {
                Thread.Sleep(500);
            }
        }
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Appliance.csproj")))
                return at.FullName;
        }
        throw new LabException($"no folder above {AppContext.BaseDirectory} has an Appliance.csproj");
    }
}
