using Aglet.Core;
using Aglet.Net;

namespace Aglet.Boot;

/// <summary>What a machine's own tables (SMBIOS) say of it, as iPXE and Anaconda send it by HTTP.</summary>
/// <param name="Serial">The system's serial number; empty when it was not sent.</param>
/// <param name="Asset">The asset tag.</param>
/// <param name="Uuid">The system's UUID.</param>
/// <param name="AreTold">Our script asked for them: it need not ask again, though they be empty.</param>
internal readonly record struct MachineTags(
    ShortText Serial, ShortText Asset = default, MachineUuid Uuid = default, bool AreTold = false);

/// <summary>Everything by which a machine is recognised, as far as it is known.</summary>
/// <param name="HardwareAddress">The card that asks.</param>
/// <param name="Uuid">SMBIOS, by option 97 or iPXE.</param>
/// <param name="Architecture">Option 93.</param>
/// <param name="Address">An address of the network that it is in: its own when it has one.</param>
/// <param name="VendorClass">Option 60 of its firmware.</param>
/// <param name="Serial">SMBIOS serial number, as iPXE or Anaconda tells it.</param>
/// <param name="Asset">SMBIOS asset tag, as iPXE tells it.</param>
internal readonly record struct MachineIdentity(
    HardwareAddress HardwareAddress,
    MachineUuid Uuid = default,
    ClientArchitecture? Architecture = null,
    Ipv4Address Address = default,
    ShortText VendorClass = default,
    ShortText Serial = default,
    ShortText Asset = default);
