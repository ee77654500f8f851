using System;
using System.Buffers;
using System.Collections.Generic;
using Aglet.Config;
using Aglet.Core;
using Aglet.Net;

namespace Aglet.Import;

/// <summary>A machine of the source.</summary>
/// <param name="Name">A host name, once in the draft.</param>
/// <param name="HardwareAddresses">At least one, each once in the draft.</param>
/// <param name="Line">Where it stands.</param>
/// <param name="What">The directive.</param>
internal sealed record ImportMachine(string Name, List<HardwareAddress> HardwareAddresses, int Line, string What)
{
    /// <summary>None where nothing is reserved.</summary>
    public Ipv4Address Address { get; set; }
}

/// <summary>
/// What a source says, in our terms. Whatever our reader would refuse does not come in, or is put right here, and the
/// report says so: the result is a valid configuration whatever the source is.
/// </summary>
internal sealed class ImportDraft(ImportReport report)
{
    private const int InterfacesMax = 8;

    private static readonly SearchValues<char> _notInNames = SearchValues.Create("/ :*\\\"");

    private readonly Dictionary<string, int> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<HardwareAddress, int> _hardware = [];
    private readonly Dictionary<Ipv4Address, int> _addresses = [];
    private readonly HashSet<string> _denied = [];

    public List<string> Interfaces { get; } = [];

    public ImportScope Global { get; } = new();

    public List<ImportSubnet> Subnets { get; } = [];

    public List<ImportMachine> Machines { get; } = [];

    /// <summary>MACs, and patterns such as <c>52:54:00:*</c>, that get no answer.</summary>
    public List<string> Denied { get; } = [];

    /// <summary>The folder of the boot tree; empty where nothing is said.</summary>
    public string Tree { get; set; } = "";

    /// <summary>The source works beside another server and gives no addresses.</summary>
    public bool IsProxy { get; set; }

    /// <summary>Machines that are not listed get nothing.</summary>
    public bool IgnoresUnknown { get; set; }

    /// <summary>Addresses are given out: there is a network to give them in.</summary>
    public bool IsServer => !IsProxy && Subnets.Count > 0;

    public void AddInterface(string name, int line, string what)
    {
        if (Interfaces.Contains(name)) return;
        bool isName = name.Length is > 0 and <= 15 && !name.AsSpan().ContainsAny(_notInNames) && ConfigRules.IsOneLine(name);
        if (!isName) report.LeftOut(line, what,
            $"{ConfigNode.Quote(name)} is not the name of one interface; name each in \"network\"");
        else if (Interfaces.Count == InterfacesMax) report.LeftOut(line, what,
            $"at most {InterfacesMax} interfaces are taken over");
        else Interfaces.Add(name);
    }

    /// <summary>Adds a MAC or a pattern that gets no answer.</summary>
    public void Deny(string pattern, int line, string what)
    {
        if (Denied.Count == Limits.MachinePatterns) report.LeftOut(line, what,
            $"at most {Limits.MachinePatterns} patterns are denied");
        else if (_denied.Add(pattern)) Denied.Add(pattern);
    }

    /// <summary>The network with a prefix, made when it is new; null, and said, when there can be no such one.</summary>
    public ImportSubnet? FindOrAddSubnet(Ipv4Prefix prefix, int line, string what, bool isGuessed = false)
    {
        prefix = new(prefix.Network, prefix.Length);
        foreach (ImportSubnet known in Subnets)
        {
            if (known.Prefix == prefix) return known;
            if (!known.Prefix.Contains(prefix.Network) && !prefix.Contains(known.Prefix.Network)) continue;
            if (isGuessed && known.Prefix.Contains(prefix.Network)) return known;
            report.LeftOut(line, what, $"{prefix} overlaps {known.Prefix} of line {known.Line}");
            return null;
        }

        if (prefix.Length is < 8 or > 30 || !prefix.Network.IsUnicast)
        {
            report.LeftOut(line, what, $"{prefix} is no network that aglet serves: /8 to /30 of unicast addresses");
            return null;
        }

        if (Subnets.Count == Limits.DhcpSubnets)
        {
            report.LeftOut(line, what, $"at most {Limits.DhcpSubnets} networks are taken over");
            return null;
        }

        ImportSubnet subnet = new(prefix, line, what) { IsGuessed = isGuessed };
        Subnets.Add(subnet);
        return subnet;
    }

    public void AddPool(ImportSubnet subnet, ImportPool pool)
    {
        bool isRun = pool.Range.Count > 0 && pool.Range.First.IsUnicast && pool.Range.Last.IsUnicast;
        bool isInside = subnet.Prefix.Contains(pool.Range.First) && subnet.Prefix.Contains(pool.Range.Last);
        if (!isRun) report.LeftOut(pool.Line, pool.What, $"{pool.Range} is no run of addresses");
        else if (!isInside) report.LeftOut(pool.Line, pool.What, $"{pool.Range} is not within {subnet.Prefix}");
        else subnet.Pools.Add(pool);
    }

    /// <summary>Adds a machine; a name that is none is put right, what is taken already is left out.</summary>
    /// <param name="name">Its name; empty where the source says none.</param>
    /// <param name="hardware">Its hardware addresses.</param>
    /// <param name="address">The address reserved for it, or none.</param>
    /// <param name="line">Where it stands.</param>
    /// <param name="what">The directive.</param>
    public void AddMachine(string name, List<HardwareAddress> hardware, Ipv4Address address, int line, string what)
    {
        if (Machines.Count == Limits.Machines)
        {
            report.LeftOut(line, what, $"at most {Limits.Machines} machines are taken over");
            return;
        }

        List<HardwareAddress> free = [];
        foreach (HardwareAddress mac in hardware)
        {
            if (!IsOneCard(mac)) report.LeftOut(line, what, $"{mac} is not the MAC of one network card");
            else if (free.Count == Limits.MachineCards) report.LeftOut(line, what,
                $"{mac}: a machine has at most {Limits.MachineCards} cards");
            else if (_hardware.TryAdd(mac, line)) free.Add(mac);
            else report.LeftOut(line, what, $"{mac} belongs to the machine of line {_hardware[mac]} already");
        }

        if (free.Count == 0) return;
        if (!address.IsAny && !address.IsUnicast)
        {
            report.LeftOut(line, what, $"{address} is not the address of one host; the machine is there without it");
            address = default;
        }

        if (!address.IsAny && !_addresses.TryAdd(address, line))
        {
            report.LeftOut(line, what,
                $"{address} is reserved in line {_addresses[address]} already; the machine is there without "
                + "it. If it is one machine with two network cards, give it a list of MACs");
            address = default;
        }

        Machines.Add(new(UniqueName(name, free[0], line, what), free, line, what) { Address = address });
    }

    /// <summary>After the last directive: one pool a network, and nothing that contradicts it.</summary>
    public void Complete()
    {
        PassDown();
        int room = Limits.PoolAddresses;
        foreach (ImportSubnet subnet in Subnets)
        {
            CheckRouter(subnet);
            CheckRoutes(subnet);
            subnet.ChoosePool(report, room, IsOpen(subnet));
            SayGuess(subnet);
            room -= (int)(subnet.Pool?.Count ?? 0);
        }

        DropEmpty();
        if (Subnets.Count == 0 && !IsProxy && (Machines.Count > 0 || Global.HasNetwork))
        {
            report.Changed(1, "no network",
                "\"mode\" is \"proxy\" as long as no pool is known, and addresses and options do nothing; "
                + "for them set \"mode\" to \"server\", and \"pool\"");
        }

        foreach (ImportMachine machine in Machines) CheckReservation(machine);
    }

    /// <summary>Router, MTU and routes belong to one network each in our configuration, and to all in some sources.</summary>
    private void PassDown()
    {
        bool isPlaced = Global.Router.IsAny;
        foreach (ImportSubnet subnet in Subnets)
        {
            subnet.Scope.FillLinkFrom(Global);
            bool fits = subnet.Prefix.Contains(Global.Router) || (subnet.IsGuessed && Subnets.Count == 1);
            if (!fits) continue;
            isPlaced = true;
            if (subnet.Scope.Router.IsAny) (subnet.Scope.Router, subnet.Scope.RouterLine) = (Global.Router, Global.RouterLine);
        }

        if (!isPlaced && IsServer) report.LeftOut(Global.RouterLine, "router", $"{Global.Router} is in none of the networks");
    }

    private void CheckRouter(ImportSubnet subnet)
    {
        ImportScope scope = subnet.Scope;
        bool isHost = scope.Router.IsUnicast && (IsOpen(subnet)
            || (subnet.Prefix.Contains(scope.Router) && NetworkSection.DescribeHost(scope.Router, subnet.Prefix) is null));
        if (scope.Router.IsAny || isHost) return;
        report.LeftOut(scope.RouterLine, "router",
            $"{scope.Router} is no host of {subnet.Prefix}, so its machines cannot reach it directly");
        scope.Router = default;
    }

    private void CheckRoutes(ImportSubnet subnet)
    {
        if (IsOpen(subnet)) return;
        foreach (ImportRoute route in subnet.Scope.TakeRoutesBeside(subnet.Prefix))
        {
            report.LeftOut(subnet.Line, subnet.What, $"the route to {route.To} by {route.Via}, which is not in {subnet.Prefix}");
        }
    }

    private void SayGuess(ImportSubnet subnet)
    {
        if (!subnet.IsGuessed || IsOpen(subnet)) return;
        report.Changed(subnet.Line, subnet.What, $"its mask is not in the file: {subnet.Prefix} is assumed");
    }

    /// <summary>A network without pool and reservation is only declared: nobody is served there.</summary>
    private void DropEmpty()
    {
        if (IsProxy) return;
        HashSet<Ipv4Prefix> used = [];
        foreach (ImportMachine machine in Machines)
        {
            if (!machine.Address.IsAny && FindHome(machine.Address) is { } home) used.Add(home.Prefix);
        }

        for (int i = Subnets.Count - 1; i >= 0; i--)
        {
            ImportSubnet subnet = Subnets[i];
            if (subnet.Pool is not null || used.Contains(subnet.Prefix)) continue;
            Subnets.RemoveAt(i);
            report.LeftOut(subnet.Line, subnet.What, $"{subnet.Prefix} has neither a pool nor a reservation");
        }
    }

    private ImportSubnet? FindHome(Ipv4Address address) =>
        Subnets.Find(subnet => subnet.Prefix.Contains(address) || IsOpen(subnet));

    private void CheckReservation(ImportMachine machine)
    {
        if (machine.Address.IsAny || !IsServer) return;
        ImportSubnet? home = FindHome(machine.Address);
        string? problem = null;
        if (home is null) problem = "is in none of the networks";
        else if (machine.Address == home.Scope.Router) problem = "is the router's";
        else if (!IsOpen(home) && NetworkSection.DescribeHost(machine.Address, home.Prefix) is not null) problem = "is no host's";
        if (problem is null) return;
        report.LeftOut(machine.Line, machine.What, $"{machine.Address} {problem}; the machine is there without it");
        machine.Address = default;
    }

    /// <summary>The only network, of which the source does not say the mask: then it is whatever the interface has.</summary>
    private bool IsOpen(ImportSubnet subnet) => subnet.IsGuessed && Subnets.Count == 1;

    private static bool IsOneCard(HardwareAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.Write(bytes);
        return address.Length == 6 && !address.IsNone && (bytes[0] & 1) == 0;
    }

    private string UniqueName(string name, HardwareAddress mac, int line, string what)
    {
        string good = ConfigRules.IsHostName(name) ? name : MakeHostName(name);
        if (good.Length == 0) good = "node-" + mac.ToString().Replace(":", "", StringComparison.Ordinal);
        string free = good;
        for (int number = _names.GetValueOrDefault(good) + 1; !_names.TryAdd(free, 1); number++)
        {
            _names[good] = number;
            string tail = $"-{number + 1}";
            free = good.Length + tail.Length > 60 ? $"node-{mac.ToString().Replace(":", "", StringComparison.Ordinal)}{tail}"
                : good + tail;
        }

        if (name.Length > 0 && free != name)
        {
            report.Changed(line, what, $"the machine is called \"{free}\" here, for {ConfigNode.Quote(name)} "
                + (good == name ? "is another machine's name" : "is no host name"));
        }

        return free;
    }

    /// <summary>The nearest host name: what cannot be in one becomes a dash; empty when nothing is left.</summary>
    private static string MakeHostName(string name)
    {
        Span<char> made = stackalloc char[60];
        int length = 0;
        foreach (char c in name)
        {
            if (length == made.Length) break;
            char next = char.IsAsciiLetterOrDigit(c) ? c : '-';
            bool isDouble = next == '-' && (length == 0 || made[length - 1] == '-');
            if (!isDouble) made[length++] = next;
        }

        while (length > 0 && made[length - 1] == '-') length--;
        return made[..length].ToString();
    }
}
