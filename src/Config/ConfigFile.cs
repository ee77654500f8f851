using System;
using System.Diagnostics.CodeAnalysis;
using Aglet.Core;
using Aglet.Kernel;

namespace Aglet.Config;

/// <summary>Reads small files whole, through the kernel seam.</summary>
internal static class ConfigFile
{
    /// <summary>Reads a regular file of at most <paramref name="bytesMax"/>; else says why not, in words.</summary>
    public static bool TryRead(
        IKernel kernel, string path, int bytesMax, [NotNullWhen(true)] out byte[]? bytes, out string problem)
    {
        bytes = null;
        byte[] name = ConfigRules.Bytes(path);
        if (name.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            problem = "no such file";
            return false;
        }

        SysResult found = kernel.GetStatus(name, out FileStatus status);
        problem = found.IsError ? Describe(found.Errno) : status switch
        {
            { Kind: FileKind.Directory } => "it is a folder, not a file",
            { Kind: not FileKind.Regular } => "it is not a regular file",
            _ when status.Size > bytesMax => $"it has {status.Size} bytes; at most {bytesMax} are allowed",
            _ => "",
        };
        return problem.Length == 0 && TryReadOpened(kernel, name, (int)status.Size, out bytes, out problem);
    }

    /// <summary>The folder of a path with its slash; empty for a name without a folder.</summary>
    public static string FolderOf(string path) => path[..(path.LastIndexOf('/') + 1)];

    /// <summary>A path that is relative to a folder, unless it begins at the root.</summary>
    public static string Below(string folder, string path) =>
        path.StartsWith('/') ? path : folder + (path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path);

    /// <summary>The kernel's refusal in words.</summary>
    public static string Describe(Errno errno) => errno switch
    {
        Errno.NoEntry => "no such file",
        Errno.AccessDenied or Errno.NotPermitted => "permission denied",
        Errno.NotDirectory => "a part of its path is not a folder",
        Errno.IsDirectory => "it is a folder, not a file",
        Errno.NameTooLong => "its path is too long",
        Errno.TooManyLinks => "its links lead in a circle",
        Errno.InputOutput => "the disk could not be read",
        _ => $"error {(int)errno} of the kernel",
    };

    private static bool TryReadOpened(
        IKernel kernel, byte[] name, int size, [NotNullWhen(true)] out byte[]? bytes, out string problem)
    {
        bytes = null;
        problem = "";
        SysResult opened = kernel.OpenFile(name, out _);
        if (opened.IsError)
        {
            problem = Describe(opened.Errno);
            return false;
        }

        byte[] content = new byte[size];
        SysResult read = kernel.ReadAt(opened.Count, content, 0);
        kernel.Close(opened.Count);
        if (read.IsError)
        {
            problem = Describe(read.Errno);
            return false;
        }

        Check.That(read.Count <= size);
        bytes = read.Count == size ? content : content[..read.Count];
        return true;
    }
}
