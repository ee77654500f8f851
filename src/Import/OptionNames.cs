using System;

namespace Aglet.Import;

/// <summary>The options of RFC 2132 and later ones by the names that dnsmasq, ISC dhcpd and Kea have for them.</summary>
/// <remarks>
/// The names of dnsmasq 2.90 (<c>--help dhcp</c>), dhcp-options(5) of ISC 4.4 and Kea's <c>std_option_defs.h</c>.
/// </remarks>
internal static class OptionNames
{
    private static readonly (byte Code, string Names)[] _known =
    [
        (1, "netmask subnet-mask"),
        (2, "time-offset"),
        (3, "router routers"),
        (4, "time-servers"),
        (5, "ien116-name-servers name-servers"),
        (6, "dns-server domain-name-servers"),
        (7, "log-server log-servers"),
        (8, "cookie-servers"),
        (9, "lpr-server lpr-servers"),
        (10, "impress-servers"),
        (11, "resource-location-servers"),
        (12, "hostname host-name"),
        (13, "boot-file-size boot-size"),
        (14, "merit-dump"),
        (15, "domain-name"),
        (16, "swap-server"),
        (17, "root-path"),
        (18, "extension-path extensions-path"),
        (19, "ip-forward-enable ip-forwarding"),
        (20, "non-local-source-routing"),
        (21, "policy-filter"),
        (22, "max-datagram-reassembly max-dgram-reassembly"),
        (23, "default-ttl default-ip-ttl"),
        (24, "path-mtu-aging-timeout"),
        (26, "mtu interface-mtu"),
        (27, "all-subnets-local"),
        (28, "broadcast broadcast-address"),
        (29, "perform-mask-discovery"),
        (30, "mask-supplier"),
        (31, "router-discovery"),
        (32, "router-solicitation router-solicitation-address"),
        (33, "static-route static-routes"),
        (34, "trailer-encapsulation"),
        (35, "arp-timeout arp-cache-timeout"),
        (36, "ethernet-encap ieee802-3-encapsulation"),
        (37, "tcp-ttl default-tcp-ttl"),
        (38, "tcp-keepalive tcp-keepalive-interval"),
        (39, "tcp-keepalive-garbage"),
        (40, "nis-domain"),
        (41, "nis-server nis-servers"),
        (42, "ntp-server ntp-servers"),
        (43, "vendor-encap vendor-encapsulated-options"),
        (44, "netbios-ns netbios-name-servers"),
        (45, "netbios-dd netbios-dd-server"),
        (46, "netbios-nodetype netbios-node-type"),
        (47, "netbios-scope"),
        (48, "x-windows-fs font-servers"),
        (49, "x-windows-dm x-display-manager"),
        (50, "dhcp-requested-address"),
        (51, "lease-time dhcp-lease-time"),
        (52, "dhcp-option-overload"),
        (53, "dhcp-message-type"),
        (54, "server-identifier dhcp-server-identifier"),
        (55, "dhcp-parameter-request-list"),
        (56, "dhcp-message"),
        (57, "dhcp-max-message-size"),
        (58, "T1 dhcp-renewal-time"),
        (59, "T2 dhcp-rebinding-time"),
        (60, "vendor-class vendor-class-identifier"),
        (61, "dhcp-client-identifier"),
        (64, "nis+-domain nisplus-domain nisplus-domain-name"),
        (65, "nis+-server nisplus-servers"),
        (66, "tftp-server tftp-server-name"),
        (67, "bootfile-name boot-file-name"),
        (68, "mobile-ip-home mobile-ip-home-agent"),
        (69, "smtp-server"),
        (70, "pop3-server pop-server"),
        (71, "nntp-server"),
        (72, "www-server"),
        (73, "finger-server"),
        (74, "irc-server"),
        (75, "streettalk-server"),
        (76, "streettalk-directory-assistance-server"),
        (77, "user-class"),
        (80, "rapid-commit"),
        (81, "fqdn"),
        (82, "agent dhcp-agent-options"),
        (85, "nds-servers"),
        (86, "nds-tree-name"),
        (87, "nds-context"),
        (93, "client-arch client-system pxe-system-type"),
        (94, "client-interface-id client-ndi pxe-interface-id"),
        (97, "client-machine-id uuid-guid pxe-client-id"),
        (98, "uap-servers"),
        (100, "posix-timezone pcode"),
        (101, "tzdb-timezone tcode"),
        (108, "ipv6-only v6-only-preferred"),
        (114, "captive-portal v4-captive-portal default-url"),
        (116, "auto-config"),
        (118, "subnet-selection"),
        (119, "domain-search"),
        (121, "classless-static-route"),
        (150, "tftp-server-address"),
        (175, "ipxe"),
        (209, "pxelinux.configfile"),
        (210, "pxelinux.pathprefix loader-pathprefix"),
        (249, "ms-classless-static-route"),
    ];

    /// <summary>The number of an option by any of its names; -1 for none.</summary>
    public static int Find(string name)
    {
        foreach ((byte code, string names) in _known)
        {
            foreach (Range word in names.AsSpan().Split(' '))
            {
                if (names.AsSpan(word).Equals(name, StringComparison.OrdinalIgnoreCase)) return code;
            }
        }

        return -1;
    }
}
