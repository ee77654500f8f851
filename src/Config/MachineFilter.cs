using System.Collections.Generic;
using Aglet.Net;

namespace Aglet.Config;

/// <summary>
/// Which machines are answered at all: <c>dhcp.allow</c> and <c>dhcp.deny</c>, so that two boot servers can share a
/// network. Who is denied is denied; who stands in <c>machines</c> is allowed; everybody else must be in
/// <c>allow</c>, where there is one.
/// </summary>
internal sealed record MachineFilter(IReadOnlyList<HardwarePattern> Allow, IReadOnlyList<HardwarePattern> Deny)
{
    /// <summary>Answers everybody.</summary>
    public static readonly MachineFilter None = new([], []);

    /// <summary>True when it is not everybody who is answered.</summary>
    public bool IsSelective => Allow.Count > 0 || Deny.Count > 0;

    /// <summary>True for an address that the operator shut out.</summary>
    public bool Denies(HardwareAddress machine) => Matches(Deny, machine);

    /// <summary>True for an address that is answered although it is nobody's in <c>machines</c>.</summary>
    public bool Allows(HardwareAddress machine) =>
        (Allow.Count == 0 || Matches(Allow, machine)) && !Matches(Deny, machine);

    private static bool Matches(IReadOnlyList<HardwarePattern> patterns, HardwareAddress machine)
    {
        for (int i = 0; i < patterns.Count; i++)
        {
            if (patterns[i].Matches(machine)) return true;
        }

        return false;
    }
}
