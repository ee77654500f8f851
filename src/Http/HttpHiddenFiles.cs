using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Config;
using Aglet.Tree;

namespace Aglet.Http;

/// <summary>
/// Files that no list shows even where they lie within the tree: the templates of answer files, and what the server keeps.
/// </summary>
internal sealed class HttpHiddenFiles(byte[][] paths)
{
    /// <summary>Those of a configuration.</summary>
    public static HttpHiddenFiles Of(Settings settings)
    {
        List<byte[]> paths = [];
        foreach (ImageSetting image in settings.Images)
        {
            if (image.Answer is not { } answer) continue;
            Add(answer.TemplatePath);
            foreach (string included in answer.Includes.Keys) Add(included);
            foreach (TemplateSetting? other in (TemplateSetting?[])[answer.MetaData, answer.VendorData, answer.NetworkConfig])
            {
                if (other is not null) Add(other.Path);
            }
        }

        if (settings.State.Length > 0) Add(settings.State.TrimEnd('/') + "/");
        return new([.. paths]);

        void Add(string path)
        {
            if (path.Length > 0) paths.Add(Encoding.UTF8.GetBytes(path));
        }
    }

    /// <summary>True for a file that is one of them, or in one of their folders.</summary>
    public bool Contains(in BootFile file)
    {
        ReadOnlySpan<byte> path = file.HostPath;
        foreach (byte[] hidden in paths)
        {
            bool isFolder = hidden[^1] == '/';
            if (isFolder ? path.StartsWith(hidden) : path.SequenceEqual(hidden)) return true;
        }

        return false;
    }
}
