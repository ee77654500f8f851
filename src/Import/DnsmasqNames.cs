using System.Collections.Generic;

namespace Aglet.Import;

/// <summary>Options of dnsmasq that have no counterpart here, and what to do instead.</summary>
/// <remarks>dnsmasq(8) 2.90. What only tunes dnsmasq itself needs nothing, and the report stays silent about it.</remarks>
internal static class DnsmasqNames
{
    private const string Boot = "aglet chooses the boot program by the machine's firmware; \"programs\" names another one";
    private const string Dns = "aglet is no DNS server; keep dnsmasq for that, without its dhcp-range lines";
    private const string Ipv6 = "it is about IPv6, which is not served yet";
    private const string Tags = "there are no tags; \"groups\" chooses images by MAC, vendor class and architecture";
    private const string Included = "it is not followed; import that file by itself";
    private const string Tftp = "TFTP is always there and fair to all clients";

    private static readonly Dictionary<string, string> _leftOut = new()
    {
        ["dhcp-boot"] = Boot,
        ["pxe-service"] = "aglet makes the menu of its images",
        ["pxe-prompt"] = "aglet makes the menu; see \"menu\"",
        ["dhcp-match"] = Boot,
        ["dhcp-vendorclass"] = Boot,
        ["dhcp-userclass"] = Boot,
        ["dhcp-name-match"] = Tags,
        ["dhcp-mac"] = Tags,
        ["dhcp-circuitid"] = Tags,
        ["dhcp-remoteid"] = Tags,
        ["dhcp-subscrid"] = Tags,
        ["tag-if"] = Tags,
        ["dhcp-generate-names"] = Tags,
        ["dhcp-broadcast"] = "a client that asks for broadcasts gets them; no list is needed",
        ["dhcp-ignore-names"] = "a machine's name is the one in \"machines\"",
        ["dhcp-relay"] = "aglet does not relay; keep dnsmasq for that",
        ["dhcp-proxy"] = "replies go through the relay that the request came through",
        ["dhcp-script"] = "nothing is run at a lease; follow the log (--log json)",
        ["dhcp-luascript"] = "nothing is run at a lease; follow the log (--log json)",
        ["dhcp-leasefile"] = "leases are not taken over; see \"state\". Addresses stay where \"machines\" reserves them",
        ["dhcp-lease-max"] = "the pool is the limit",
        ["dhcp-sequential-ip"] = "addresses come from a hash of the MAC, so that a machine keeps its own",
        ["dhcp-alternate-port"] = "DHCP has its usual ports",
        ["dhcp-ignore-clid"] = "a machine is known by its hardware address anyway",
        ["no-ping"] = "before an address is offered first, it is asked for by ARP, which costs the client no time; see \"probe\"",
        ["dhcp-ttl"] = Dns,
        ["dhcp-fqdn"] = Dns,
        ["dhcp-client-update"] = Dns,
        ["dhcp-hostsdir"] = Included,
        ["dhcp-hostsfile"] = Included,
        ["dhcp-optsdir"] = Included,
        ["dhcp-optsfile"] = Included,
        ["conf-file"] = Included,
        ["conf-dir"] = Included,
        ["conf-script"] = Included,
        ["servers-file"] = Included,
        ["read-ethers"] = "/etc/ethers is not read; add its lines to \"machines\"",
        ["shared-network"] = "a network belongs to the interface or relay that it has an address of",
        ["bridge-interface"] = "name each interface in \"network\"",
        ["listen-address"] = "name the interface in \"network\"",
        ["except-interface"] = "only the interfaces in \"network\" are served",
        ["no-dhcp-interface"] = "only the interfaces in \"network\" are served",
        ["no-dhcpv4-interface"] = "only the interfaces in \"network\" are served",
        ["tftp-unique-root"] = "one tree serves all machines; what differs is made for each",
        ["tftp-max"] = Tftp,
        ["tftp-mtu"] = Tftp,
        ["tftp-port-range"] = Tftp,
        ["tftp-single-port"] = Tftp,
        ["tftp-no-blocksize"] = Tftp,
        ["tftp-lowercase"] = "paths of the tree are found in any case where that is safe",
        ["enable-ra"] = Ipv6,
        ["ra-param"] = Ipv6,
        ["dhcp-duid"] = Ipv6,
        ["quiet-ra"] = Ipv6,
        ["quiet-dhcp6"] = Ipv6,
        ["local-service"] = Dns,
        ["server"] = Dns,
        ["local"] = Dns,
        ["address"] = Dns,
        ["host-record"] = Dns,
        ["dynamic-host"] = Dns,
        ["cname"] = Dns,
        ["ptr-record"] = Dns,
        ["srv-host"] = Dns,
        ["txt-record"] = Dns,
        ["mx-host"] = Dns,
        ["mx-target"] = Dns,
        ["dns-rr"] = Dns,
        ["naptr-record"] = Dns,
        ["caa-record"] = Dns,
        ["interface-name"] = Dns,
        ["addn-hosts"] = Dns,
        ["hostsdir"] = Dns,
        ["rev-server"] = Dns,
        ["auth-server"] = Dns,
        ["auth-zone"] = Dns,
        ["auth-sec-servers"] = Dns,
        ["auth-soa"] = Dns,
        ["auth-peer"] = Dns,
        ["resolv-file"] = Dns,
        ["alias"] = Dns,
        ["bogus-nxdomain"] = Dns,
        ["ignore-address"] = Dns,
        ["ipset"] = Dns,
        ["nftset"] = Dns,
        ["synth-domain"] = Dns,
        ["dnssec"] = Dns,
        ["trust-anchor"] = Dns,
        ["cache-size"] = Dns,
        ["expand-hosts"] = Dns,
        ["localise-queries"] = Dns,
    };

    /// <summary>What needs nothing here: how dnsmasq itself runs, logs and asks other DNS servers.</summary>
    private static readonly HashSet<string> _silent =
    [
        "port", "no-daemon", "keep-in-foreground", "user", "group", "pid-file", "log-dhcp", "log-queries",
        "log-facility", "log-async",
        "log-debug", "quiet-dhcp", "quiet-tftp", "bind-interfaces", "bind-dynamic", "dhcp-authoritative", "dhcp-rapid-commit",
        "no-hosts", "no-resolv", "no-poll", "no-negcache", "domain-needed", "bogus-priv", "filterwin2k",
        "strict-order", "all-servers",
        "stop-dns-rebind", "rebind-localhost-ok", "rebind-domain-ok", "clear-on-reload", "dns-loop-detect", "edns-packet-max",
        "query-port", "min-port", "max-port", "dns-forward-max", "local-ttl", "neg-ttl", "max-ttl", "min-cache-ttl",
        "max-cache-ttl",
        "auth-ttl", "selfmx", "localmx", "enable-dbus", "enable-ubus", "conntrack", "leasefile-ro", "script-arp",
        "script-on-renewal",
        "dhcp-scriptuser", "dumpfile", "dumpmask", "proxy-dnssec", "dnssec-check-unsigned", "dnssec-no-timecheck",
        "dnssec-timestamp",
        "add-mac", "add-subnet", "add-cpe-id", "strip-mac", "strip-subnet", "tftp-no-fail", "tftp-secure", "no-ident", "umbrella",
        "connmark-allowlist", "connmark-allowlist-enable", "use-stale-cache", "no-round-robin", "filter-A",
        "filter-AAAA", "no-0x20-encode",
        "fast-dns-retry", "dhcp-no-override", "cache-rr", "max-tcp-connections", "test", "port-limit", "do-0x20-encode",
    ];

    /// <summary>Why an option is left out; empty when there is nothing to say of it; null when nobody knows it.</summary>
    public static string? WhyLeftOut(string name) =>
        _silent.Contains(name) ? "" : _leftOut.GetValueOrDefault(name);
}
