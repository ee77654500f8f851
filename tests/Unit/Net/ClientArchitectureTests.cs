using Aglet.Net;
using Xunit;

namespace Aglet.Tests.Unit.Net;

public sealed class ClientArchitectureTests
{
    /// <summary>
    /// IANA's "Processor Architecture Types" (dhcpv6-parameters), written down again from the registry: the code, whether
    /// the name there says "HTTP", and a word that our description must have in common with it.
    /// </summary>
    private static readonly (int Code, bool IsHttp, string Word)[] _registry =
    [
        (0, false, "x86 BIOS"), (1, false, "PC-98"), (2, false, "Itanium"), (3, false, "Alpha"), (4, false, "Arc x86"),
        (5, false, "Lean Client"), (6, false, "x86 UEFI"), (7, false, "x64 UEFI"), (8, false, "Xscale"),
        (9, false, "EFI byte code"), (10, false, "ARM 32-bit UEFI"), (11, false, "ARM 64-bit UEFI"),
        (12, false, "PowerPC Open Firmware"), (13, false, "PowerPC ePAPR"), (14, false, "POWER OPAL"),
        (15, true, "x86 UEFI"), (16, true, "x64 UEFI"), (17, true, "EFI byte code"), (18, true, "ARM 32-bit UEFI"),
        (19, true, "ARM 64-bit UEFI"), (20, true, "x86 BIOS"), (21, false, "ARM 32-bit U-Boot"),
        (22, false, "ARM 64-bit U-Boot"), (23, true, "ARM 32-bit U-Boot"), (24, true, "ARM 64-bit U-Boot"),
        (25, false, "RISC-V 32-bit UEFI"), (26, true, "RISC-V 32-bit UEFI"), (27, false, "RISC-V 64-bit UEFI"),
        (28, true, "RISC-V 64-bit UEFI"), (29, false, "RISC-V 128-bit UEFI"), (30, true, "RISC-V 128-bit UEFI"),
        (31, false, "s390 Basic"), (32, false, "s390 Extended"), (33, false, "MIPS 32-bit UEFI"),
        (34, false, "MIPS 64-bit UEFI"), (35, false, "Sunway 32-bit UEFI"), (36, false, "Sunway 64-bit UEFI"),
        (37, false, "LoongArch 32-bit UEFI"), (38, true, "LoongArch 32-bit UEFI"), (39, false, "LoongArch 64-bit UEFI"),
        (40, true, "LoongArch 64-bit UEFI"), (41, false, "rpiboot"),
    ];

    [Fact]
    public void TableIsTheRegistry()
    {
        Assert.Equal(_registry.Length, ClientArchitecture.All.Length);
        foreach ((int code, bool isHttp, string word) in _registry)
        {
            ClientArchitecture? architecture = ClientArchitecture.ForCode(code);
            Assert.NotNull(architecture);
            Assert.Equal(code, architecture.Code);
            Assert.Equal(isHttp, architecture.IsHttp);
            string common = word.Replace("LoongArch 32-bit", "LoongArch32", System.StringComparison.Ordinal)
                .Replace("LoongArch 64-bit", "LoongArch64", System.StringComparison.Ordinal);
            string description = architecture.Description
                .Replace("LoongArch 32-bit", "LoongArch32", System.StringComparison.Ordinal)
                .Replace("LoongArch 64-bit", "LoongArch64", System.StringComparison.Ordinal);
            Assert.Contains(common, description, System.StringComparison.Ordinal);
        }
    }

    [Fact]
    public void NamesAreUniqueAndFindTheirCode()
    {
        foreach (ClientArchitecture architecture in ClientArchitecture.All)
        {
            Assert.Same(architecture, ClientArchitecture.ForName(architecture.Name));
            Assert.Same(architecture, ClientArchitecture.ForName($"{architecture.Code}"));
            Assert.Equal(architecture.IsHttp, architecture.Name.EndsWith("-http", System.StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("42")]
    [InlineData("-1")]
    [InlineData("65535")]
    [InlineData("99999999999")]
    [InlineData("x64")]
    [InlineData("X64-UEFI")]
    public void UnknownNamesAreUnknown(string name) => Assert.Null(ClientArchitecture.ForName(name));

    [Theory]
    [InlineData(-1)]
    [InlineData(42)]
    [InlineData(0xFFFF)]
    [InlineData(int.MinValue)]
    public void UnknownCodesAreUnknown(int code) => Assert.Null(ClientArchitecture.ForCode(code));

    /// <summary>Firmware that swaps 7 and 9 (the erratum of RFC 4578) must get the same programs.</summary>
    [Fact]
    public void ByteCodeMachinesAreX64()
    {
        Assert.Equal(CpuFamily.X64, ClientArchitecture.ForCode(9)!.Cpu);
        Assert.Equal(CpuFamily.X64, ClientArchitecture.ForCode(7)!.Cpu);
        Assert.Equal(CpuFamily.X64, ClientArchitecture.ForCode(17)!.Cpu);
    }
}
