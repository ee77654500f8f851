using System;
using System.IO;
using System.Text;
using System.Threading;

namespace Aglet.Tests.Lab;

/// <summary>
/// Follows the file that a virtual machine's serial port writes, without the control sequences by which
/// firmware and installers paint a screen: what stays is text that can be searched and shown.
/// </summary>
internal sealed class SerialConsole : IDisposable
{
    private readonly string _file;
    private readonly StringBuilder _text = new();
    private readonly Timer _timer;
    private readonly Lock _lock = new();
    private long _position;
    private Escape _escape;

    private enum Escape
    {
        None,
        Started,
        Sequence,
    }

    public SerialConsole(string file)
    {
        _file = file;
        _timer = new Timer(_ => Read(), null, 100, 100);
    }

    public string Text
    {
        get
        {
            lock (_lock)
                return _text.ToString();
        }
    }

    public void Read()
    {
        lock (_lock)
        {
            if (!File.Exists(_file))
                return;
            using var stream = new FileStream(_file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            stream.Position = _position;
            byte[] bytes = new byte[stream.Length - _position];
            stream.ReadExactly(bytes);
            _position += bytes.Length;
            foreach (byte value in bytes)
                Take((char)value);
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        Read();
    }

    private void Take(char value)
    {
        switch (_escape)
        {
            case Escape.Started:
                _escape = value is '[' or '(' or ')' ? Escape.Sequence : Escape.None;
                return;
            case Escape.Sequence:
                if (value is < '0' or > '?')
                {
                    _escape = Escape.None;
                    // Moving the cursor to another line starts a line of text.
                    if (value is 'H' or 'f' && _text.Length > 0 && _text[^1] != '\n')
                        _text.Append('\n');
                }
                return;
            default:
                if (value == '\x1B')
                    _escape = Escape.Started;
                else if (value is '\n' or '\t' or (>= ' ' and < '\x7F'))
                    _text.Append(value);
                return;
        }
    }
}
