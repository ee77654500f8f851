using System.Text;
using Aglet.Core;
using Aglet.Net;

namespace Aglet.Boot;

/// <summary>A machine that does not boot just now: what is to be known about it to say what it would get.</summary>
/// <param name="Identity">Who it is; its address is one of the network that it is in, none where that is our own.</param>
/// <param name="Architecture">What its firmware is.</param>
/// <param name="Server">Our address.</param>
internal readonly record struct BootQuestion(MachineIdentity Identity, ClientArchitecture Architecture, Ipv4Address Server)
{
    /// <summary>The one-time token of its boot; none stands for what is only known then.</summary>
    public BootToken Token { get; init; }

    /// <summary>Its install was reported as done before.</summary>
    public bool IsInstalled { get; init; }

    /// <summary>Option 60: what was said of it, else what such firmware says.</summary>
    public ShortText VendorClass => !Identity.VendorClass.IsEmpty ? Identity.VendorClass : new(Encoding.ASCII.GetBytes(
        Architecture.Firmware == FirmwareKind.RaspberryPi ? "PXEClient:Arch:00000:UNDI:002001"
            : Architecture.Firmware == FirmwareKind.UBoot ? (Architecture.Cpu == CpuFamily.Arm ? "U-Boot.armv7" : "U-Boot.armv8")
            : $"{(Architecture.IsHttp ? "HTTP" : "PXE")}Client:Arch:{Architecture.Code:D5}:UNDI:003000"));

    /// <summary>Its firmware as it would ask DHCP.</summary>
    public BootClient Firmware => new(
        Identity.HardwareAddress,
        Identity.Uuid,
        Architecture,
        Architecture.Firmware == FirmwareKind.UBoot ? BootStage.UBoot : BootStage.Firmware,
        Architecture.IsHttp,
        IpxeHasHttp: false,
        IsProxied: false)
    {
        IsRaspberryPi = Architecture.Firmware == FirmwareKind.RaspberryPi,
        VendorClass = VendorClass,
        Network = Identity.Address,
    };
}
