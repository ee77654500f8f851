using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Config;
using Aglet.Kernel;

namespace Aglet.Commands;

/// <summary>Who made the container that we are in.</summary>
internal enum ContainerRuntime
{
    None,
    Docker,
    Podman,
    Kubernetes,
}

/// <summary>
/// A container's own network usually is a cable to a bridge of the host, which routes and translates what is beyond: no
/// broadcast of a machine comes through. Who is deaf should say so.
/// </summary>
internal static class ContainerNote
{
    /// <summary>The kubelet begins a pod's /etc/hosts with this line, and says there when the network is the host's.</summary>
    private const string KubernetesHosts = "# Kubernetes-managed hosts file";

    /// <summary>More than such a file of the system has.</summary>
    private const int FileBytes = 1 << 20;

    /// <summary>What the operator of a container should know about its interfaces; a line each.</summary>
    public static List<string> For(IKernel kernel, IReadOnlyList<NetworkInterface> links)
    {
        List<string> notes = [];
        ContainerRuntime runtime = RuntimeOf(kernel);
        if (runtime == ContainerRuntime.None) return notes;
        foreach (NetworkInterface link in links)
        {
            string folder = $"/sys/class/net/{link.Name}";
            bool isHardware = Exists(kernel, $"{folder}/device") || Exists(kernel, $"{folder}/bridge");
            string kind = Read(kernel, $"{folder}/uevent");
            if (TextFor(runtime, link.Name, isHardware, kind) is { } text) notes.Add(text);
        }

        return notes;
    }

    /// <summary>Says what cannot work on an interface and what to set; null when nothing speaks against it.</summary>
    /// <param name="runtime">What the container is run by.</param>
    /// <param name="name">The interface.</param>
    /// <param name="isHardware">It is a device, or a bridge: then it is the host's own.</param>
    /// <param name="uevent">
    /// What the kernel says of it in /sys. A veth, the cable to a host's bridge, and the tap of a rootless container have no
    /// <c>DEVTYPE</c>; a macvlan, a VLAN, a bond and a wireless card have one.
    /// </param>
    public static string? TextFor(ContainerRuntime runtime, string name, bool isHardware, string uevent)
    {
        if (runtime == ContainerRuntime.None || isHardware) return null;
        if (!uevent.Contains("INTERFACE=", StringComparison.Ordinal)) return null;
        if (uevent.Contains("DEVTYPE=", StringComparison.Ordinal)) return null;
        string remedy = runtime switch
        {
            ContainerRuntime.Docker => "run it with --network host, or on a macvlan network",
            ContainerRuntime.Podman => "run it as root with --network host, or on a macvlan network",
            _ => "set hostNetwork: true for the pod",
        };
        return $"{name} is a container's own network: unless the host's bridge has the machines on it, their DHCP broadcasts do "
            + "not get in, TFTP's answers come from ports that are not forwarded, and machines are told an address that they "
            + $"cannot reach; {remedy}";
    }

    private static ContainerRuntime RuntimeOf(IKernel kernel)
    {
        string hosts = Read(kernel, "/etc/hosts");
        if (hosts.StartsWith(KubernetesHosts, StringComparison.Ordinal))
        {
            bool isOfHost = hosts.StartsWith($"{KubernetesHosts} (host network)", StringComparison.Ordinal);
            return isOfHost ? ContainerRuntime.None : ContainerRuntime.Kubernetes;
        }

        // The file is not there when /run is empty for a read-only container; the word always is.
        string? word = Environment.GetEnvironmentVariable("container");
        if (word == "podman" || Exists(kernel, "/run/.containerenv")) return ContainerRuntime.Podman;
        return Exists(kernel, "/.dockerenv") ? ContainerRuntime.Docker : ContainerRuntime.None;
    }

    private static bool Exists(IKernel kernel, string path) => !kernel.GetStatus(Encoding.UTF8.GetBytes(path), out _).IsError;

    private static string Read(IKernel kernel, string path) =>
        ConfigFile.TryRead(kernel, path, FileBytes, out byte[]? bytes, out _) ? Encoding.UTF8.GetString(bytes) : "";
}
