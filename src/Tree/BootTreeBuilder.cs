using System;
using System.Collections.Generic;
using Aglet.Kernel;

namespace Aglet.Tree;

/// <summary>Takes files in the byte order of their keys and keeps them small: blocks of values, and blocks of text.</summary>
internal sealed class BootTreeBuilder
{
    /// <summary>Text of about a thousand paths; the longest path fits in any case.</summary>
    private const int TextBytes = 64 * 1024;

    private readonly List<BootFile[]> _blocks = [];
    private byte[] _text = [];
    private int _textLength;

    /// <summary>Files taken.</summary>
    public int Count { get; private set; }

    /// <param name="hostPath">Where the kernel finds it.</param>
    /// <param name="keyLength">How much of its end is the key.</param>
    /// <param name="status">Size and time.</param>
    public void Add(ReadOnlySpan<byte> hostPath, int keyLength, in FileStatus status)
    {
        if (_text.Length - _textLength < hostPath.Length)
        {
            _text = new byte[Math.Max(Count == 0 ? 4096 : TextBytes, hostPath.Length)];
            _textLength = 0;
        }

        hostPath.CopyTo(_text.AsSpan(_textLength));
        Range path = _textLength..(_textLength + hostPath.Length);
        _textLength += hostPath.Length;
        int place = Count % BootTree.BlockFiles;
        if (place == 0) _blocks.Add(new BootFile[BootTree.BlockFiles]);
        _blocks[^1][place] = new(_text, path, keyLength, status);
        Count++;
    }

    /// <summary>The tree, whose files must still be placed.</summary>
    public BootTree Make() => new([.. _blocks], Count);
}
