using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Net;
using Xunit;
using static Aglet.Tests.Unit.Boot.BootFixture;

namespace Aglet.Tests.Unit.Boot;

/// <summary>One machine, one image with an answer file, and the programs that real systems read such files with.</summary>
internal static class AnswerFixture
{
    public const string Folder = $"_/answer/52-54-00-00-00-01/{Token}/x/";

    public static Settings Site(
        string template,
        IReadOnlyList<VariableSetting>? variables = null,
        AnswerKind kind = AnswerKind.Plain,
        string arguments = "",
        params (string Path, string Text)[] includes)
    {
        Dictionary<string, IncludedTemplate> files = [];
        foreach ((string path, string text) in includes) files.Add(path, new(Utf8(text), ""));
        return Rack with
        {
            Variables = variables ?? [],
            Address = new Ipv4Prefix(OurAddress, 24),
            Images =
            [
                new()
                {
                    Name = "x", Title = "The X", Kernel = "k", Initrds = ["i"], Arguments = arguments,
                    Answer = new(kind, "answers/t.cfg", Utf8(template)) { Includes = files },
                },
            ],
            Machines = [new() { Name = "node1", HardwareAddress = Node1, Address = Address1, Image = 0 }],
            Unknown = UnknownPolicy.Ignore,
        };
    }

    public static VariableSetting List(string name, params string[] items) =>
        new(name, "") { Kind = VariableKind.List, Items = items };

    public static VariableSetting Number(string name, string value) => new(name, value) { Kind = VariableKind.Number };

    public static VariableSetting Flag(string name, bool value) =>
        new(name, value ? "true" : "false") { Kind = VariableKind.Boolean };

    /// <summary>The answer file as the machine gets it.</summary>
    public static string Answer(Settings site)
    {
        BootCatalog catalog = Catalog(site, "k", "i");
        string leaf = Encoding.UTF8.GetString(catalog.Images[0].AnswerLeaf);
        return Text(new BootPlanner(catalog).Booted(Node1, Address1), Folder + leaf, Address1);
    }

    /// <summary>Runs a program of the system with these bytes as its input; it must succeed.</summary>
    public static byte[] Run(string program, byte[] input, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        using Process process = Process.Start(start)!;
        StringBuilder errors = new();
        process.ErrorDataReceived += (_, line) => errors.AppendLine(line.Data);
        process.BeginErrorReadLine();
        System.Threading.Tasks.Task writing = System.Threading.Tasks.Task.Run(() =>
        {
            process.StandardInput.BaseStream.Write(input);
            process.StandardInput.Close();
        });
        using MemoryStream output = new();
        process.StandardOutput.BaseStream.CopyTo(output);
        writing.GetAwaiter().GetResult();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {errors}");
        return output.ToArray();
    }
}
