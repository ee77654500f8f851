using System;

namespace Aglet.Tests.Lab;

/// <summary>What one boot of a machine is told and nobody else may know.</summary>
/// <param name="Url">Of its answer file.</param>
/// <param name="Token">The secret part of that.</param>
internal sealed record BootSecret(string Url, string Token)
{
    /// <summary>As the guest's kernel was told it: the last word of its command line that ends with the answer's URL.</summary>
    public static BootSecret Of(VirtualMachine machine)
    {
        string line = machine.LineAfter("GUEST-UP");
        int start = line.LastIndexOf("=http://", StringComparison.Ordinal) + 1;
        int end = line.IndexOf(' ', start);
        string url = end < 0 ? line[start..] : line[start..end];
        return new(url, url.Split('/')[6]);
    }
}
