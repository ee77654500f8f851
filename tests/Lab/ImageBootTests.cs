using Xunit;
using Xunit.Abstractions;

namespace Aglet.Tests.Lab;

/// <summary>The image starts by both firmwares of a PC, and a second machine on the same wire boots from it.</summary>
[Trait("Category", "Lab")]
public sealed class ImageBootTests(ITestOutputHelper output)
{
    /// <summary>With as little memory as it promises to need.</summary>
    [Fact]
    public void BiosApplianceWith128MegabytesBootsAUefiMachine() => LabSession.Run(
        "image-bios", lab => ImageProof.Check(lab, output, Firmware.Bios, megabytes: 128, client: Firmware.Uefi));

    /// <summary>
    /// This firmware has 54 MB for itself, and the kernel unpacks itself into 67 MB in one piece beside its packed file: with
    /// 176 MB it does not start.
    /// </summary>
    [Fact]
    public void UefiApplianceWith192MegabytesBootsABiosMachine() => LabSession.Run(
        "image-uefi", lab => ImageProof.Check(lab, output, Firmware.Uefi, megabytes: 192, client: Firmware.Bios));
}

/// <summary>The same by the firmware of an ARM server.</summary>
[Trait("Category", "LabArm64")]
public sealed class ImageArm64Tests(ITestOutputHelper output)
{
    [Fact]
    public void Arm64ApplianceBootsAnArm64Machine() => LabSession.Run(
        "image-arm64", lab => ImageProof.Check(lab, output, Firmware.Arm64, megabytes: 512, client: Firmware.Arm64));
}
