using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Aglet.Kernel;
using Aglet.Linux;
using Xunit;

namespace Aglet.Tests.Abi;

/// <summary>
/// Compares every struct and constant of src/Linux with what a C compiler says for each architecture. What only one
/// of the two knows fails, so that nothing is declared without being compared.
/// </summary>
public sealed class AbiTests
{
    private const BindingFlags Fields = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance;

    [Fact]
    public void X64IsAsTheHeadersSay() => Compare(Architecture.X64, "gcc", "gcc libc6-dev");

    [Fact]
    public void Arm64IsAsTheHeadersSay() =>
        Compare(
            Architecture.Arm64,
            "aarch64-linux-gnu-gcc",
            "gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static");

    private static void Compare(Architecture architecture, string compiler, string packages)
    {
        string folder = Directory.CreateTempSubdirectory("aglet-abi-").FullName;
        try
        {
            string program = Path.Combine(folder, "abi");
            Run(packages, compiler, "-static", "-Wall", "-Werror", "-o", program, Source());
            string printed = architecture == RuntimeInformation.ProcessArchitecture
                ? Run(packages, program)
                : Run(packages, "qemu-aarch64-static", program);
            string[] expected = printed.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            List<string> actual = [.. Declared(architecture)];

            string[] wrong = [.. actual.Except(expected).Order(StringComparer.Ordinal)];
            string[] absent = [.. expected.Except(actual).Order(StringComparer.Ordinal)];
            Assert.True(
                wrong.Length == 0 && absent.Length == 0,
                $"declared, but C does not say so: {string.Join(", ", wrong)}\n"
                + $"C says, but not declared so: {string.Join(", ", absent)}");
            Assert.Equal(expected.Length, actual.Count);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<string> Declared(Architecture architecture)
    {
        foreach (Type type in typeof(Libc).Assembly.GetTypes())
        {
            bool isOfC = type is { IsValueType: true, IsNested: false, Namespace: "Aglet.Linux" }
                && type.Name.All(letter => !char.IsAsciiLetterUpper(letter));
            if (!isOfC) continue;
            yield return $"{type.Name} {SizeOf(type)}";
            foreach (FieldInfo field in type.GetFields(Fields))
            {
                yield return $"{type.Name}.{field.Name} {Marshal.OffsetOf(type, field.Name)} {SizeOf(field.FieldType)}";
            }
        }

        EpollEventLayout epoll = EpollEventLayout.For(architecture);
        yield return $"epoll_event {epoll.Bytes}";
        yield return "epoll_event.events 0 4";
        yield return $"epoll_event.data {epoll.DataOffset} 8";
        yield return $"PacketInfoControl {PacketInfoControl.Length} {Unsafe.SizeOf<PacketInfoControl>()}";
        yield return $"AuxiliaryControl {AuxiliaryControl.Length} {Unsafe.SizeOf<AuxiliaryControl>()}";
        yield return $"SegmentControl {SegmentControl.Length} {Unsafe.SizeOf<SegmentControl>()}";
        foreach (FieldInfo constant in typeof(LibcConstants).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            object? value = constant.GetRawConstantValue();
            yield return $"{constant.Name} {value}";
        }

        foreach (Errno errno in Enum.GetValues<Errno>()) yield return $"Errno.{errno} {(int)errno}";
    }

    private static int SizeOf(Type type) =>
        type.IsPointer || type == typeof(nuint) ? 8 : Marshal.SizeOf(type);

    private static string Source()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Appliance.csproj")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        Assert.NotNull(folder);
        return Path.Combine(folder, "tests", "Abi", "abi.c");
    }

    private static string Run(string packages, string program, params string[] arguments)
    {
        Process? process = null;
        try
        {
            process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true });
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Fail($"{program} is missing: install {packages}");
        }

        using (process)
        {
            Assert.NotNull(process);
            string printed = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, $"{program} failed (needs {packages})");
            return printed;
        }
    }
}
