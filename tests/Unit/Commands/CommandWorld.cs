using System;
using System.Buffers.Binary;
using System.Text;
using Aglet.Commands;
using Aglet.Tests.Simulation;

namespace Aglet.Tests.Unit.Commands;

/// <summary>A machine with a configuration, its templates and a small boot tree, to run commands on.</summary>
internal sealed class CommandWorld
{
    public const string Rack =
        """
        {
          "network": { "interface": "eth0", "address": "10.0.0.1/24" },
          "dhcp": { "mode": "server", "pool": "10.0.0.100-10.0.0.200" },
          "tree": "/t",
          "images": {
            "debian": {
              "arch": "x64", "kernel": "d/linux", "initrd": "d/initrd.gz", "args": "quiet",
              "answer": { "kind": "preseed", "template": "a.cfg" }
            },
            "arm": { "arch": "arm64", "kernel": "a/linux" },
            "disk": { "local": true }
          },
          "machines": [
            { "name": "node1", "mac": "52:54:00:00:00:01", "address": "10.0.0.11", "image": "debian", "vars": { "disk": "/dev/vda" } },
            { "name": "node2", "mac": "52:54:00:00:00:02", "image": "disk" }
          ],
          "unknown": "disk"
        }
        """;

    public CommandWorld(string configuration = Rack)
    {
        Put("/e/aglet.json", configuration);
        Put("/e/a.cfg", "d-i host {{ name }}\nd-i disk {{ disk }}");
        Put("/t/pxelinux.0", "not a PE file");
        Put("/t/ldlinux.c32", "x");
        foreach (string program in new[] { "bootx64.efi", "grubx64.efi", "snponly.efi" }) Put("/t/" + program, MakePe(0x8664));
        foreach (string program in new[] { "bootaa64.efi", "grubaa64.efi" }) Put("/t/" + program, MakePe(0xAA64));
        Put("/t/d/linux", MakePe(0x8664));
        Put("/t/d/initrd.gz", "x");
        Put("/t/a/linux", MakePe(0xAA64));
    }

    public SimKernel Kernel { get; } = new(1, FaultRates.None);

    /// <summary>What the last command printed.</summary>
    public string Output { get; private set; } = "";

    /// <summary>What the last command printed for the operator's eyes, not for pipes.</summary>
    public string Errors => Kernel.LogText;

    public void Put(string path, string text) => Put(path, Encoding.UTF8.GetBytes(text));

    public void Put(string path, byte[] content)
    {
        if (Kernel.Files.Find(Encoding.UTF8.GetBytes(path)) is { } file) file.Replace(content, 1_700_000_000);
        else Kernel.Files.Add(path, content);
    }

    public int Check(params string[] options) =>
        Run(static (arguments, kernel) => CheckCommand.Run(arguments, kernel), ["--config", "/e/aglet.json", .. options]);

    public int Explain(params string[] options) =>
        Run(static (arguments, kernel) => ExplainCommand.Run(arguments, kernel), ["--config", "/e/aglet.json", .. options]);

    public int Machines(params string[] options) =>
        Run(static (arguments, kernel) => MachinesCommand.Run(arguments, kernel), ["--config", "/e/aglet.json", .. options]);

    public int Again(params string[] options) =>
        Run(static (arguments, kernel) => AgainCommand.Run(arguments, kernel), ["--config", "/e/aglet.json", .. options]);

    /// <summary>The least that is a PE file for a processor.</summary>
    public static byte[] MakePe(ushort machine)
    {
        byte[] program = new byte[0x100];
        "MZ"u8.CopyTo(program);
        program[0x3C] = 0x80;
        "PE\0\0"u8.CopyTo(program.AsSpan(0x80));
        BinaryPrimitives.WriteUInt16LittleEndian(program.AsSpan(0x84), machine);
        return program;
    }

    private int Run(Func<string[], SimKernel, int> command, string[] arguments)
    {
        int before = Kernel.Output.Length;
        int exitCode = command(arguments, Kernel);
        Output = Encoding.UTF8.GetString(Kernel.Output.AsSpan(before));
        return exitCode;
    }
}
