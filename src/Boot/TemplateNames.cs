using System.Collections.Generic;

namespace Aglet.Boot;

/// <summary>
/// The values that every template has without the operator's doing. The order is that of the names' indices.
/// </summary>
internal enum BuiltInValue
{
    /// <summary>
    /// The machine's name; for a machine that is not configured its MAC with dashes, which is a host name too.
    /// </summary>
    Name,
    Hostname,
    Mac,
    MacDashes,
    Uuid,

    /// <summary>The reserved address, else the one that the machine has now.</summary>
    Address,
    Netmask,
    Router,

    /// <summary>All name servers: a list.</summary>
    Dns,
    Domain,

    /// <summary>Our address, as the machine reaches it.</summary>
    Server,

    /// <summary><c>http://</c>, our address and the port, without a slash at the end.</summary>
    Http,
    Image,
    Title,

    /// <summary>The URL of the image's answer file, for this machine: what <c>args</c> hands to an installer.</summary>
    Answer,

    /// <summary>What an installer fetches when it is done, so that the machine is not installed again.</summary>
    DoneUrl,
}

/// <summary>Gives every name that a template or the configuration uses a small number.</summary>
internal sealed class TemplateNames
{
    private static readonly string[] _builtIn =
    [
        "name", "hostname", "mac", "mac_dashes", "uuid", "address", "netmask", "router", "dns", "domain", "server",
        "http", "image", "title", "answer", "done_url",
    ];

    private readonly List<string> _names = [.. _builtIn];
    private readonly Dictionary<string, int> _indices = [];

    public TemplateNames()
    {
        for (int i = 0; i < _names.Count; i++) _indices.Add(_names[i], i);
    }

    /// <summary>How many names are built in; their indices are those of <see cref="BuiltInValue"/>.</summary>
    public static int BuiltInCount => _builtIn.Length;

    /// <summary>How many names there are.</summary>
    public int Count => _names.Count;

    /// <summary>The name with an index.</summary>
    public string this[int index] => _names[index];

    /// <summary>The index of a name, new ones included.</summary>
    public int IndexOf(string name)
    {
        if (_indices.TryGetValue(name, out int index)) return index;
        index = _names.Count;
        _names.Add(name);
        _indices.Add(name, index);
        return index;
    }
}
