namespace Aglet.Tests.Lab;

/// <summary>The configurations of the lab: one network, one machine, and what it boots.</summary>
internal static class LabConfig
{
    public const string MachineName = "node1";
    public const string MachineMac = "52:54:00:00:00:01";
    public const string MachineAddress = "10.0.0.11";

    /// <summary>Hands out addresses itself, with a reservation for the machine.</summary>
    public const string ServerMode = """
        { "mode": "server", "pool": "10.0.0.100-10.0.0.200", "lease": "1h",
          "router": "10.0.0.1", "dns": ["10.0.0.1"], "domain": "lab.example" }
        """;

    /// <summary>A network on which nobody resolves names: the installer must not stop for that.</summary>
    public const string ServerModeWithoutDns = """
        { "mode": "server", "pool": "10.0.0.100-10.0.0.200", "router": "10.0.0.1" }
        """;

    /// <summary>Leaves addresses to another server of the network.</summary>
    public const string ProxyMode = """{ "mode": "proxy" }""";

    /// <summary>
    /// The Debian installer, unattended; its text frontend is what a log of the console can show.
    /// </summary>
    public const string Installer = """
        { "title": "Debian 12", "kernel": "debian/amd64/linux", "initrd": ["debian/amd64/initrd.gz"],
          "args": "console=ttyS0 DEBIAN_FRONTEND=text",
          "answer": { "kind": "preseed", "template": "answers/debian.cfg" } }
        """;

    /// <summary>
    /// A preseed that says on the console which machine it was made for, and the hash of what it gets when it
    /// asks for its own address once more. The rest would go on to install.
    /// </summary>
    public const string InstallerAnswer = """
        # {{ name }} ({{ mac }}), answered by {{ server }}
        d-i time/zone string {{ timezone }}
        d-i netcfg/get_hostname string {{ name }}
        d-i preseed/early_command string \
            (echo; echo "AGLET-PRESEED {{ name }} {{ address }} {{ timezone }}"; \
            echo "AGLET-HASH $(wget -q -O - $(debconf-get preseed/url) | sha256sum)") > /dev/console

        """;

    /// <summary>The test guest, which fetches a file of the tree and says its hash.</summary>
    public static string Guest(string console = "ttyS0") => $$"""
        { "kernel": "test/linux", "initrd": ["test/initrd.gz"],
          "args": "console={{console}} aglet.fetch=http://10.0.0.1/test/proof.bin" }
        """;

    /// <summary>The test guest as Anaconda.</summary>
    public const string KickstartGuest = """
        { "kernel": "test/linux", "initrd": ["test/initrd.gz"], "args": "console=ttyS0",
          "answer": { "kind": "kickstart", "template": "answers/guest.ks" } }
        """;

    public const string KickstartAnswer = """
        # Kickstart of {{ name }}
        text
        reboot
        lang en_US.UTF-8
        keyboard us
        timezone {{ timezone }} --utc
        network --bootproto=dhcp --device={{ mac }} --hostname={{ name }}
        rootpw --lock
        url --url=http://{{ server }}/rocky/
        bootloader
        clearpart --all --initlabel
        autopart
        %packages
        @core
        %end
        %post
        echo "{{ name }} at {{ address }}" > /etc/motd
        %end

        """;

    /// <summary>
    /// QEMU's BIOS network cards have iPXE as their boot ROM. It would be given our script; here it does what the ROM
    /// of a real card does, so that the path of those is proved.
    /// </summary>
    public const string AsPlainRom = """{ "x86-bios-ipxe": "pxelinux.0" }""";

    /// <summary>A whole configuration: the machine boots the one image that there is.</summary>
    public static string For(
        string image, string dhcp = ServerMode, string programs = AsPlainRom, string unknown = "ignore") => $$"""
        {
          // Made by the lab.
          "network": { "interface": "eth0" },
          "dhcp": {{dhcp}},
          "tree": "tree",
          "programs": {{programs}},
          "images": { "lab": {{image}} },
          "machines": [
            { "name": "{{MachineName}}", "mac": "{{MachineMac}}", "address": "{{MachineAddress}}", "image": "lab",
              "vars": { "timezone": "Asia/Seoul" } },
          ],
          "unknown": "{{unknown}}"
        }
        """;

    /// <summary>In proxy mode there is no address to reserve.</summary>
    public static string WithoutReservation(string config)
        => config.Replace($"\"address\": \"{MachineAddress}\", ", "", System.StringComparison.Ordinal);
}
