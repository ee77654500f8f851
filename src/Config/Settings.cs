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

/// <summary>How DHCP hears its ports.</summary>
internal enum DhcpListen : byte
{
    /// <summary>By UDP sockets; in mode proxy as frames when another program of this host holds the port.</summary>
    Auto,

    /// <summary>By UDP sockets, in mode proxy shared with another program that agrees.</summary>
    Socket,

    /// <summary>As frames, whoever holds port 67.</summary>
    Packet,
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
    /// <summary>
    /// Anything else. Nothing is added to the kernel's arguments; <c>args</c> names the file by <c>{{ answer }}</c>, as in
    /// <c>talos.config={{ answer }}</c> (Talos), <c>apkovl={{ answer }}</c> (Alpine) or <c>inst.auto={{ answer }}</c> (Agama).
    /// </summary>
    Plain,

    /// <summary>Anaconda: RHEL and its like, Fedora.</summary>
    Kickstart,

    /// <summary>Debian's installer.</summary>
    Preseed,

    /// <summary>
    /// Ubuntu's live installer (Subiquity): NoCloud's four files, the template being <c>user-data</c>, and the word
    /// <c>autoinstall</c>, without which it asks for a confirmation.
    /// </summary>
    Autoinstall,

    /// <summary>cloud-init: NoCloud's four files, the template being <c>user-data</c>.</summary>
    CloudInit,

    /// <summary>Ignition: Fedora CoreOS, RHEL CoreOS, Flatcar.</summary>
    Ignition,

    /// <summary>SUSE's YaST.</summary>
    AutoYast,

    /// <summary>
    /// Windows Setup. The image's kernel is wimboot, which takes no arguments: none are written, BOOTIF neither. iPXE puts
    /// the rendered file beside the image's other files as <c>unattend.xml</c>, and wimboot lays it into
    /// <c>X:\Windows\System32</c>; a <c>startnet.cmd</c> there runs <c>setup.exe /unattend:unattend.xml</c>. Other boot
    /// programs cannot hand files to wimboot: with them it is only served.
    /// </summary>
    Unattend,
}

/// <summary>What a value of a template is: decides what a condition and the filters make of it.</summary>
internal enum VariableKind : byte
{
    Text,
    Number,
    Boolean,
    List,
}

/// <summary>A value of a template: <c>{{ name }}</c>.</summary>
/// <param name="Name">How templates call it.</param>
/// <param name="Value">The text; a number as it is written, <c>true</c> or <c>false</c>; empty for a list.</param>
internal sealed record VariableSetting(string Name, string Value)
{
    public VariableKind Kind { get; init; }

    /// <summary>The texts of a list.</summary>
    public IReadOnlyList<string> Items { get; init; } = [];
}

/// <summary>A template with the path that it was read from, for messages.</summary>
internal sealed record TemplateSetting(string Path, byte[] Text);

/// <summary>An answer file to be rendered for a machine.</summary>
/// <param name="Kind">Which installer reads it.</param>
/// <param name="TemplatePath">Where the template was read from, for messages.</param>
/// <param name="Template">The template's bytes.</param>
internal sealed record AnswerSetting(AnswerKind Kind, string TemplatePath, byte[] Template)
{
    /// <summary>What the templates include, by path.</summary>
    public IReadOnlyDictionary<string, IncludedTemplate> Includes { get; init; } =
        new Dictionary<string, IncludedTemplate>();

    /// <summary>NoCloud's <c>meta-data</c>; null for the machine's name as instance and host.</summary>
    public TemplateSetting? MetaData { get; init; }

    /// <summary>NoCloud's <c>vendor-data</c>; null for an empty file.</summary>
    public TemplateSetting? VendorData { get; init; }

    /// <summary>NoCloud's <c>network-config</c>; null for an empty file: cloud-init then does as it does by itself.</summary>
    public TemplateSetting? NetworkConfig { get; init; }

    /// <summary>True for the kinds whose answer is NoCloud's four files.</summary>
    public bool IsNoCloud => Kind is AnswerKind.Autoinstall or AnswerKind.CloudInit;
}

/// <summary>What an image is made of.</summary>
internal enum ImageKind : byte
{
    /// <summary>A kernel with initrds and arguments.</summary>
    Kernel,

    /// <summary>A UEFI program.</summary>
    Efi,

    /// <summary>A CD image, which UEFI HTTP Boot and iPXE run as a disc in memory.</summary>
    Iso,

    /// <summary>A disk image, likewise.</summary>
    Disk,

    /// <summary>A URL that the boot program goes on with.</summary>
    Chain,

    /// <summary>The machine's own disk.</summary>
    Local,

    /// <summary>A choice among other images.</summary>
    Menu,
}

/// <summary>What can be booted.</summary>
internal sealed record ImageSetting
{
    public required string Name { get; init; }

    /// <summary>What a menu calls it.</summary>
    public required string Title { get; init; }

    public ImageKind Kind { get; init; }

    /// <summary>The processor that it runs on; <see cref="CpuFamily.Unknown"/> for any.</summary>
    public CpuFamily Cpu { get; init; }

    /// <summary>A key of the tree: the kernel.</summary>
    public string Kernel { get; init; } = "";

    public IReadOnlyList<string> Initrds { get; init; } = [];

    /// <summary>Kernel arguments of the operator; they win over those that the answer's kind adds.</summary>
    public string Arguments { get; init; } = "";

    public AnswerSetting? Answer { get; init; }

    /// <summary>Anybody may read its answer file: it holds no secrets.</summary>
    public bool IsOpen { get; init; }

    /// <summary>A key of the tree: the EFI program, the CD or the disk.</summary>
    public string File { get; init; } = "";

    /// <summary>The URL of a chain, absolute.</summary>
    public string Url { get; init; } = "";

    /// <summary>Indices of the images that a menu shows, in its order.</summary>
    public IReadOnlyList<int> Items { get; init; } = [];

    /// <summary>How long a menu waits; zero waits for ever; null: as the site's menu.</summary>
    public Duration? MenuTimeout { get; init; }

    /// <summary>Index into the images of what a menu takes by itself; -1 for the local disk.</summary>
    public int MenuDefault { get; init; } = -1;

    /// <summary>Boot the local disk.</summary>
    public bool IsLocal => Kind == ImageKind.Local;
}

/// <summary>What a machine and a group say alike about what is booted.</summary>
internal abstract record ChoiceSetting
{
    public required string Name { get; init; }

    /// <summary>Index into the images; -1 leaves it to what is more general.</summary>
    public int Image { get; init; } = -1;

    /// <summary>Install once, then boot the local disk; null leaves it to what is more general.</summary>
    public bool? IsOnce { get; init; }

    public IReadOnlyList<VariableSetting> Variables { get; init; } = [];

    public IReadOnlyList<ProgramSetting> Programs { get; init; } = [];

    /// <summary>What TFTP grants.</summary>
    public TftpGrant Tftp { get; init; }
}

/// <summary>One machine.</summary>
internal sealed record MachineSetting : ChoiceSetting
{
    /// <summary>The card that it boots from; none when the machine is known by something else only.</summary>
    public HardwareAddress HardwareAddress { get; init; }

    /// <summary>Its other cards.</summary>
    public IReadOnlyList<HardwareAddress> OtherHardwareAddresses { get; init; } = [];

    public MachineUuid Uuid { get; init; }

    /// <summary>SMBIOS serial number; empty for any.</summary>
    public string Serial { get; init; } = "";

    /// <summary>SMBIOS asset tag; empty for any.</summary>
    public string Asset { get; init; } = "";

    /// <summary>The address reserved for it; <see cref="Ipv4Address.Any"/> for none.</summary>
    public Ipv4Address Address { get; init; }
}

/// <summary>Machines that have something in common. Every kind of pattern that is given must match; one of a kind does.</summary>
internal sealed record GroupSetting : ChoiceSetting
{
    public IReadOnlyList<HardwarePattern> HardwareAddresses { get; init; } = [];

    /// <summary>Patterns of option 60, with <c>*</c>.</summary>
    public IReadOnlyList<string> VendorClasses { get; init; } = [];

    /// <summary>Patterns of the SMBIOS serial number, with <c>*</c>.</summary>
    public IReadOnlyList<string> Serials { get; init; } = [];

    public IReadOnlyList<ClientArchitecture> Architectures { get; init; } = [];

    /// <summary>Networks that the machine's address is in.</summary>
    public IReadOnlyList<Ipv4Prefix> Subnets { get; init; } = [];
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
    /// <summary>The interfaces to serve on; empty when the command line must name one.</summary>
    public IReadOnlyList<string> Interfaces { get; init; } = [];

    /// <summary>The address that the first link is expected to have; null: whatever it has.</summary>
    public Ipv4Prefix? Address { get; init; }

    /// <summary>The appliance's own way out, beside a fixed address; null for none.</summary>
    public Ipv4Address? Router { get; init; }

    /// <summary>What the appliance calls itself.</summary>
    public string HostName { get; init; } = "aglet";

    /// <summary>The clock that the appliance asks; null for the one that its DHCP lease names.</summary>
    public Ipv4Address? TimeServer { get; init; }

    public DhcpMode DhcpMode { get; init; }

    public DhcpListen DhcpListen { get; init; }

    /// <summary>The network of the first interface.</summary>
    public DhcpSubnetSetting Main { get; init; } = new();

    /// <summary>The other networks: of further interfaces, and behind relays. None overlaps another.</summary>
    public IReadOnlyList<DhcpSubnetSetting> Subnets { get; init; } = [];

    /// <summary>Which machines are answered at all.</summary>
    public MachineFilter Filter { get; init; } = MachineFilter.None;

    /// <summary>An address is tried with ARP before it is offered for the first time; mode server only.</summary>
    public bool IsProbing { get; init; } = true;

    public TftpSetting Tftp { get; init; } = TftpSetting.Default;

    public ushort HttpPort { get; init; } = 80;

    /// <summary>The Ed25519 key that updates of an appliance must be signed with; empty: their hashes are enough.</summary>
    public byte[] UpdateKey { get; init; } = [];

    /// <summary>The folder of the boot tree.</summary>
    public required string Tree { get; init; }

    /// <summary>The folder of what outlives the server; empty: nothing does.</summary>
    public string State { get; init; } = "";

    public string MenuTitle { get; init; } = "Aglet network boot";

    /// <summary>How long the menu waits; zero waits for ever.</summary>
    public Duration MenuTimeout { get; init; } = Duration.FromSeconds(10);

    /// <summary>Index into the images of what the menu takes by itself; -1 for the local disk.</summary>
    public int MenuDefault { get; init; } = -1;

    public IReadOnlyList<VariableSetting> Variables { get; init; } = [];

    public IReadOnlyList<ImageSetting> Images { get; init; } = [];

    /// <summary>The first that matches a machine is its own.</summary>
    public IReadOnlyList<GroupSetting> Groups { get; init; } = [];

    public IReadOnlyList<MachineSetting> Machines { get; init; } = [];

    public IReadOnlyList<ProgramSetting> Programs { get; init; } = [];

    /// <summary>UEFI machines are given the signed chain (shim, then GRUB) and nothing else.</summary>
    public bool RequiresSecureBoot { get; init; }

    /// <summary>
    /// Where <c>tree</c>, <c>images</c> and <c>programs</c> and what is in them stand: <c>file:line:column</c> by path.
    /// </summary>
    public IReadOnlyDictionary<string, string> Places { get; init; } = new Dictionary<string, string>();

    public UnknownPolicy Unknown { get; init; }

    /// <summary>Index into the images, when <see cref="Unknown"/> is <see cref="UnknownPolicy.Image"/>.</summary>
    public int UnknownImage { get; init; } = -1;

    /// <summary>The network that an address is in; the first interface's when no other one is known to have it.</summary>
    public DhcpSubnetSetting SubnetOf(Ipv4Address address)
    {
        for (int i = 0; i < Subnets.Count; i++)
        {
            if (Subnets[i].Prefix is { } prefix && prefix.Contains(address)) return Subnets[i];
        }

        return Main;
    }

    /// <summary>The prefix of the network that an address is in; null when only the link knows it.</summary>
    public Ipv4Prefix? PrefixOf(Ipv4Address address) => SubnetOf(address).Prefix ?? Address;
}
