using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Core;
using Aglet.Net;

namespace Aglet.Commands;

/// <summary>Which machine <c>aglet explain</c> is asked about.</summary>
internal sealed class ExplainOptions
{
    public static readonly string[] WithValue =
    [
        "--config", "--interface", "--tree", "--mac", "--name", "--uuid", "--serial", "--asset", "--vendor", "--address",
        "--arch", "--server", "--token",
    ];

    public static readonly string[] Flags = ["--all", "--json", "--answer", "--installed"];

    private readonly List<string> _problems;

    /// <summary>Reads the options; what is wrong with them is added to <paramref name="problems"/>.</summary>
    public ExplainOptions(Arguments options, List<string> problems)
    {
        _problems = problems;
        Name = options.Value("--name");
        IsAll = options.Has("--all");
        IsJson = options.Has("--json");
        IsAnswer = options.Has("--answer");
        IsInstalled = options.Has("--installed");
        Token = ReadToken(options);
        Identity = new MachineIdentity(ReadMac(options))
        {
            Uuid = ReadUuid(options),
            Address = ReadAddress(options, "--address"),
            VendorClass = ReadText(options, "--vendor"),
            Serial = ReadText(options, "--serial"),
            Asset = ReadText(options, "--asset"),
        };
        Architecture = ReadArchitecture(options);
        Server = ReadAddress(options, "--server");
        bool saysWho = IsAll;
        foreach (string who in (string[])["--mac", "--name", "--uuid", "--serial", "--asset"])
            saysWho |= options.Value(who) is not null;
        if (!saysWho) problems.Add("--mac is needed: the machine's MAC such as 52:54:00:12:34:56; or --name, or --all");
        bool namesOne = Name is not null || options.Value("--mac") is not null;
        if (IsAll && namesOne) problems.Add("--all and one machine exclude each other");
        if (IsAll && IsAnswer) problems.Add("--answer prints the file of one machine: name it with --mac or --name");
        if (IsJson && IsAnswer) problems.Add("--answer and --json exclude each other");
    }

    /// <summary>What was said of the machine; more may be configured.</summary>
    public MachineIdentity Identity { get; }

    /// <summary>The machine's name in the configuration; null when it is told otherwise.</summary>
    public string? Name { get; }

    /// <summary>Null: the one that most machines have, or all that a machine may have.</summary>
    public ClientArchitecture? Architecture { get; }

    /// <summary>Our address; any when it is to be found out.</summary>
    public Ipv4Address Server { get; }

    /// <summary>Every configured machine.</summary>
    public bool IsAll { get; }

    public bool IsJson { get; }

    /// <summary>The answer file's bytes and nothing else.</summary>
    public bool IsAnswer { get; }

    /// <summary>As if its install had been reported as done.</summary>
    public bool IsInstalled { get; }

    /// <summary>The one-time token of a real boot; none stands for what is only known then.</summary>
    public BootToken Token { get; }

    private HardwareAddress ReadMac(Arguments options)
    {
        if (options.Value("--mac") is not { } text) return default;
        if (HardwareAddress.TryParse(Encoding.UTF8.GetBytes(text), out HardwareAddress hardware)) return hardware;
        _problems.Add($"--mac {text}: a MAC such as 52:54:00:12:34:56 is expected");
        return default;
    }

    private MachineUuid ReadUuid(Arguments options)
    {
        if (options.Value("--uuid") is not { } text) return default;
        if (MachineUuid.TryParse(Encoding.UTF8.GetBytes(text), out MachineUuid uuid)) return uuid;
        _problems.Add($"--uuid {text}: a UUID such as 01234567-89ab-cdef-0123-456789abcdef is expected");
        return default;
    }

    private ClientArchitecture? ReadArchitecture(Arguments options)
    {
        if (options.Value("--arch") is not { } name) return null;
        ClientArchitecture? architecture = ClientArchitecture.ForName(name);
        if (architecture is not null) return architecture;
        List<string> known = [];
        foreach (ClientArchitecture one in ClientArchitecture.All) known.Add(one.Name);
        string hint = NearestName.Find(name, known) is { } nearest ? $"; did you mean {nearest}?" : "";
        _problems.Add($"--arch {name}: an architecture such as x64-uefi or its number is expected{hint}");
        return null;
    }

    private Ipv4Address ReadAddress(Arguments options, string name)
    {
        if (options.Value(name) is not { } text) return default;
        if (Ipv4Address.TryParse(Encoding.UTF8.GetBytes(text), out Ipv4Address address)) return address;
        _problems.Add($"{name} {text}: an address such as 10.0.0.1 is expected");
        return default;
    }

    private BootToken ReadToken(Arguments options)
    {
        if (options.Value("--token") is not { } text) return default;
        if (!BootToken.TryParse(Encoding.UTF8.GetBytes(text), out BootToken token))
            _problems.Add($"--token: {BootToken.TextBytes} hexadecimal digits are expected, as in the URL of a script");
        return token;
    }

    private ShortText ReadText(Arguments options, string name)
    {
        byte[] text = Encoding.UTF8.GetBytes(options.Value(name) ?? "");
        if (text.Length > ShortText.BytesMax) _problems.Add($"{name}: at most {ShortText.BytesMax} bytes are expected");
        return new(text);
    }
}
