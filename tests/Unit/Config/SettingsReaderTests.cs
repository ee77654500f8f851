using System.Collections.Generic;
using System.Text;
using Aglet.Config;
using Aglet.Net;
using Aglet.Tests.Simulation;
using Aglet.Time;
using Xunit;

namespace Aglet.Tests.Unit.Config;

public sealed class SettingsReaderTests
{
    private const string Full =
        """
        {
          "$schema": "./aglet.schema.json", // for editors
          "network": { "interface": "eth0", "address": "10.0.0.1/24" },
          "dhcp": {
            "mode": "server", "pool": "10.0.0.100 - 10.0.0.200", "lease": "30m", "router": "10.0.0.254",
            "dns": ["10.0.0.1", "10.0.0.2"], "domain": "lab.example",
          },
          "http": { "port": 8080 },
          "tree": "../boot",
          "programs": { "x64-uefi-http": "/efi/snponly.efi", "0": "pxelinux.0", "x86-bios-ipxe": "p.0" },
          "menu": { "title": "Läb", "timeout": "10s", "default": "b" },
          "vars": { "timezone": "Etc/UTC", "keys": "one\ntwo" },
          "images": {
            "disk": { "local": true },
            "b": {
              "title": "B", "arch": "x64", "kernel": "/b//linux", "initrd": "b\\initrd.gz", "args": " quiet ",
              "answer": { "kind": "preseed", "template": "answers/a.cfg" },
            },
            "c": {
              "kernel": "linux", "initrd": ["1", "2"],
              "answer": { "kind": "kickstart", "template": "/etc/aglet/answers/a.cfg" },
            },
          },
          "machines": [
            {
              "name": "node1", "mac": "52:54:00:00:00:01", "uuid": "01234567-89ab-cdef-0123-456789abcdef",
              "address": "10.0.0.11", "image": "c", "vars": { "a.b": "x" },
            },
            { "name": "node2", "mac": "525400000002", "image": "disk" },
          ],
          "unknown": "c",
        }
        """;

    [Theory]
    [InlineData("auto", DhcpListen.Auto)]
    [InlineData("socket", DhcpListen.Socket)]
    [InlineData("packet", DhcpListen.Packet)]
    public void PortsAreHeardAsItSays(string word, object listen)
    {
        Settings settings = ConfigText.ReadGood($$"""{ "dhcp": { "mode": "proxy", "listen": "{{word}}" } }""");
        Assert.Equal(listen, settings.DhcpListen);
        Assert.Equal(DhcpListen.Auto, ConfigText.ReadGood(Full).DhcpListen);
    }

    [Fact]
    public void EveryKeyBecomesItsSetting()
    {
        Settings settings = ConfigText.ReadGood(Full);
        Assert.Equal(["eth0"], settings.Interfaces);
        Assert.Equal("10.0.0.1/24", settings.Address.ToString());
        Assert.Equal(DhcpMode.Server, settings.DhcpMode);
        Assert.Equal("10.0.0.100-10.0.0.200", settings.Main.Pool.ToString());
        Assert.Equal(1800, settings.Main.Lease.WholeSeconds);
        Assert.Equal("10.0.0.254", settings.Main.Router.ToString());
        Assert.Equal("10.0.0.1 10.0.0.2", string.Join(' ', settings.Main.Dns));
        Assert.Equal("lab.example", settings.Main.Domain);
        Assert.Equal(8080, settings.HttpPort);
        Assert.Equal("/etc/aglet/../boot", settings.Tree);
        Assert.Equal("Läb", settings.MenuTitle);
        Assert.Equal(10, settings.MenuTimeout.WholeSeconds);
        Assert.Equal(1, settings.MenuDefault);
        Assert.Equal([new("timezone", "Etc/UTC"), new("keys", "one\ntwo")], settings.Variables);
        Assert.Equal(UnknownPolicy.Image, settings.Unknown);
        Assert.Equal(2, settings.UnknownImage);
        Assert.Equal(
            ["x64-uefi-http efi/snponly.efi", "x86-bios pxelinux.0", "x86-bios-ipxe p.0"],
            Map(settings.Programs, static program => $"{program.Name} {program.Path}"));
    }

    [Fact]
    public void ImagesKeepTheirOrderAndTheirPathsAreKeys()
    {
        Settings settings = ConfigText.ReadGood(Full);
        Assert.Equal(["disk", "b", "c"], Map(settings.Images, static image => image.Name));
        Assert.True(settings.Images[0].IsLocal);
        Assert.Equal("Local disk", settings.Images[0].Title);
        ImageSetting image = settings.Images[1];
        Assert.Equal(
            ("B", CpuFamily.X64, "b/linux", "b/initrd.gz", "quiet"),
            (image.Title, image.Cpu, image.Kernel, string.Join(' ', image.Initrds), image.Arguments));
        Assert.Equal(AnswerKind.Preseed, image.Answer!.Kind);
        Assert.Equal("/etc/aglet/answers/a.cfg", image.Answer.TemplatePath);
        Assert.Equal("d-i {{ name }}\n", Encoding.UTF8.GetString(image.Answer.Template));
        Assert.Equal(["1", "2"], settings.Images[2].Initrds);
        Assert.Equal(CpuFamily.Unknown, settings.Images[2].Cpu);
        Assert.Same(image.Answer.Template, settings.Images[2].Answer!.Template);
    }

    [Fact]
    public void MachinesAreResolved()
    {
        Settings settings = ConfigText.ReadGood(Full);
        MachineSetting machine = settings.Machines[0];
        Assert.Equal("node1", machine.Name);
        Assert.Equal("52:54:00:00:00:01", machine.HardwareAddress.ToString());
        Assert.Equal("01234567-89ab-cdef-0123-456789abcdef", machine.Uuid.ToString());
        Assert.Equal("10.0.0.11", machine.Address.ToString());
        Assert.Equal(2, machine.Image);
        Assert.Equal([new("a.b", "x")], machine.Variables);
        Assert.Equal(0, settings.Machines[1].Image);
        Assert.True(settings.Machines[1].Address.IsAny);
    }

    [Fact]
    public void AnEmptyConfigurationServesTheMenuBesideAnotherServer()
    {
        Settings settings = ConfigText.ReadGood("{}");
        Assert.Equal(DhcpMode.Proxy, settings.DhcpMode);
        Assert.Equal(UnknownPolicy.Menu, settings.Unknown);
        Assert.Equal(-1, settings.MenuDefault);
        Assert.Equal("/srv/boot", settings.Tree);
        Assert.Equal(80, settings.HttpPort);
        Assert.Null(settings.Main.Pool);
    }

    [Fact]
    public void ThePoolOfAnotherModeIsNotKept()
    {
        Settings settings = ConfigText.ReadGood("""{ "dhcp": { "mode": "proxy", "pool": "10.0.0.1-10.0.0.9" } }""");
        Assert.Null(settings.Main.Pool);
    }

    [Theory]
    [InlineData("menu", UnknownPolicy.Menu)]
    [InlineData("disk", UnknownPolicy.Disk)]
    [InlineData("ignore", UnknownPolicy.Ignore)]
    internal void UnknownMachinesFollowAWord(string word, UnknownPolicy expected)
    {
        Settings settings = ConfigText.ReadGood($$"""{ "unknown": "{{word}}", "images": { "disk": { "local": true } } }""");
        Assert.Equal(expected, settings.Unknown);
    }

    [Fact]
    public void ALeaseCanBeInfinite()
    {
        Settings settings = ConfigText.ReadGood(
            """{ "dhcp": { "mode": "server", "pool": "10.0.0.1-10.0.0.9", "lease": "infinite" } }""");
        Assert.Equal(uint.MaxValue, settings.Main.Lease.WholeSeconds);
    }

    [Fact]
    public void TheCommandLineWins()
    {
        SimKernel kernel = ConfigText.MakeKernel(Encoding.UTF8.GetBytes(Full));
        Settings? settings = SettingsReader.Read(kernel, ConfigText.Path, new("eth7", "here/boot"), []);
        Assert.Equal(("eth7", "here/boot"), (Assert.Single(settings!.Interfaces), settings.Tree));
    }

    [Fact]
    public void AMissingFileIsOneLine()
    {
        List<ConfigProblem> problems = [];
        Settings? settings = SettingsReader.Read(
            new SimKernel(1, FaultRates.None), "/none.json", SettingsOverrides.None, problems);
        Assert.Null(settings);
        Assert.Equal([new(true, "/none.json: the configuration cannot be read: no such file")], problems);
    }

    [Fact]
    public void NoHandleStaysOpen()
    {
        SimKernel kernel = ConfigText.MakeKernel(Encoding.UTF8.GetBytes(Full));
        SettingsReader.Read(kernel, ConfigText.Path, SettingsOverrides.None, []);
        Assert.Equal(0, kernel.Open(SimHandleKind.File));
    }

    [Fact]
    public void SixteenThousandMachinesAreRead()
    {
        StringBuilder text = new("""{ "images": { "a": { "kernel": "k" } }, "machines": [""");
        for (int i = 0; i < 16384; i++)
        {
            text.Append("{\"name\":\"n").Append(i).Append("\",\"mac\":\"5254").Append(i.ToString("x8")).Append("\",\"image\":\"a\"},");
        }

        Settings settings = ConfigText.ReadGood(text.Append("] }").ToString());
        Assert.Equal(16384, settings.Machines.Count);
        text.Replace("] }", """{"name":"n","mac":"525500000000","image":"a"}] }""");
        ConfigText.Read(text.ToString(), out List<string> lines);
        Assert.Equal(["1:53: machines: expected at most 16384 machines, found 16385"], lines);
    }

    private static List<string> Map<T>(IReadOnlyList<T> items, System.Func<T, string> show)
    {
        List<string> shown = [];
        foreach (T item in items) shown.Add(show(item));
        return shown;
    }
}
