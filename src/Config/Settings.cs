using System.Collections.Generic;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Config;

/// <summary>What DHCP does.</summary>
internal enum DhcpMode : byte
{
    Off,

    /// <summary>Gives addresses and boot data: the only DHCP server of its network.</summary>
    Server,

    /// <summary>Gives boot data only, beside the network's own DHCP server.</summary>
    Proxy,
}

/// <summary>What a machine gets that is not in the configuration.</summary>
internal enum UnknownPolicy : byte
{
    Menu,
    Disk,
    Ignore,
    Image,
}

/// <summary>What an answer file is for: decides the kernel arguments that name it.</summary>
internal enum AnswerKind : byte
{
    Plain,
    Kickstart,
    Preseed,
}

/// <summary>A value of a template: <c>{{ name }}</c>.</summary>
internal sealed record VariableSetting(string Name, string Value);

/// <summary>An answer file to be rendered for a machine.</summary>
/// <param name="Kind">Which installer reads it.</param>
/// <param name="TemplatePath">Where the template was read from, for messages.</param>
/// <param name="Template">The template's bytes.</param>
internal sealed record AnswerSetting(AnswerKind Kind, string TemplatePath, byte[] Template);

/// <summary>What can be booted: a kernel with initrds, or the machine's own disk.</summary>
internal sealed record ImageSetting
{
    public required string Name { get; init; }

    /// <summary>What a menu calls it.</summary>
    public required string Title { get; init; }

    /// <summary>The processor that it runs on; <see cref="CpuFamily.Unknown"/> for any.</summary>
    public CpuFamily Cpu { get; init; }

    /// <summary>Keys of the tree; empty for a local disk.</summary>
    public string Kernel { get; init; } = "";

    public IReadOnlyList<string> Initrds { get; init; } = [];

    /// <summary>Kernel arguments of the operator; they win over those that the answer's kind adds.</summary>
    public string Arguments { get; init; } = "";

    public AnswerSetting? Answer { get; init; }

    /// <summary>Boot the local disk.</summary>
    public bool IsLocal { get; init; }
}

/// <summary>One machine.</summary>
internal sealed record MachineSetting
{
    public required string Name { get; init; }

    /// <summary>None when the machine is known by its UUID only.</summary>
    public HardwareAddress HardwareAddress { get; init; }

    public MachineUuid Uuid { get; init; }

    /// <summary>The address reserved for it; <see cref="Ipv4Address.Any"/> for none.</summary>
    public Ipv4Address Address { get; init; }

    /// <summary>Index into the images.</summary>
    public required int Image { get; init; }

    public IReadOnlyList<VariableSetting> Variables { get; init; } = [];
}

/// <summary>The boot program for an architecture, as the operator chose it.</summary>
/// <param name="Architecture">Whose.</param>
/// <param name="Path">A key of the tree.</param>
/// <param name="IsForIpxe">
/// What an iPXE in that machine's ROM runs instead of our script: <c>x86-bios-ipxe</c>. Virtual machines have one, and
/// some operators want PXELINUX or the signed chain on them too.
/// </param>
internal sealed record ProgramSetting(ClientArchitecture Architecture, string Path, bool IsForIpxe = false)
{
    /// <summary>What follows an architecture's name in the key of a program for iPXE.</summary>
    public const string IpxeSuffix = "-ipxe";

    /// <summary>The key as the configuration has it.</summary>
    public string Name => IsForIpxe ? Architecture.Name + IpxeSuffix : Architecture.Name;
}

/// <summary>A configuration that is valid by construction: every name resolved, every number in its range.</summary>
internal sealed record Settings
{
    /// <summary>The interface to serve on; empty when the command line must name it.</summary>
    public string Interface { get; init; } = "";

    /// <summary>The address that the link is expected to have; null: whatever it has.</summary>
    public Ipv4Prefix? Address { get; init; }

    public DhcpMode DhcpMode { get; init; }

    /// <summary>Null outside mode server.</summary>
    public Ipv4Range? Pool { get; init; }

    /// <summary>How long an address is given; <see cref="ConfigRules.Infinite"/> for ever.</summary>
    public Duration Lease { get; init; } = Duration.FromSeconds(3600);

    public Ipv4Address Router { get; init; }

    public IReadOnlyList<Ipv4Address> Dns { get; init; } = [];

    public string Domain { get; init; } = "";

    public ushort HttpPort { get; init; } = 80;

    /// <summary>The folder of the boot tree.</summary>
    public required string Tree { get; init; }

    public string MenuTitle { get; init; } = "Aglet network boot";

    /// <summary>How long the menu waits; zero waits for ever.</summary>
    public Duration MenuTimeout { get; init; } = Duration.FromSeconds(10);

    /// <summary>Index into the images of what the menu takes by itself; -1 for the local disk.</summary>
    public int MenuDefault { get; init; } = -1;

    public IReadOnlyList<VariableSetting> Variables { get; init; } = [];

    public IReadOnlyList<ImageSetting> Images { get; init; } = [];

    public IReadOnlyList<MachineSetting> Machines { get; init; } = [];

    public IReadOnlyList<ProgramSetting> Programs { get; init; } = [];

    /// <summary>
    /// Where <c>tree</c>, <c>images</c> and <c>programs</c> and what is in them stand: <c>file:line:column</c> by path.
    /// </summary>
    public IReadOnlyDictionary<string, string> Places { get; init; } = new Dictionary<string, string>();

    public UnknownPolicy Unknown { get; init; }

    /// <summary>Index into the images, when <see cref="Unknown"/> is <see cref="UnknownPolicy.Image"/>.</summary>
    public int UnknownImage { get; init; } = -1;
}
