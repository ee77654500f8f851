using System.Collections.Generic;
using Aglet.Boot;
using Aglet.Config;
using Aglet.Kernel;
using Aglet.Tree;

namespace Aglet.Commands;

/// <summary>
/// The reading of configuration and tree, in steps: a large tree takes long, and a server that reads it again has machines
/// to answer meanwhile.
/// </summary>
internal sealed class ConfigurationReading
{
    private const string UnnamedTree = "; name another one with \"tree\" in the configuration or with --tree";

    private readonly Arguments _options;
    private readonly IKernel _kernel;
    private readonly List<string> _problems;
    private readonly List<string> _warnings = [];
    private readonly List<ScanNote> _notes = [];
    private readonly string _origin;
    private readonly Settings? _settings;
    private readonly BootTreeScanner? _scanner;
    private bool _isScanned;
    private bool _isDone;

    /// <summary>Reads the configuration, and begins with the tree that it names.</summary>
    /// <param name="options">The command line.</param>
    /// <param name="kernel">Where the files are.</param>
    /// <param name="problems">Gets what is wrong, a line each.</param>
    public ConfigurationReading(Arguments options, IKernel kernel, List<string> problems)
    {
        _options = options;
        _kernel = kernel;
        _problems = problems;
        _settings = Configuration.ReadSettings(options, kernel, problems, _warnings, out _origin);
        if (_settings is not null) _scanner = new(kernel, _settings.Tree, _notes);
        else _isDone = true;
    }

    /// <summary>What was read, when the last step is done; null when something is wrong.</summary>
    public Configuration? Result { get; private set; }

    /// <summary>A bounded piece of the tree, or at its end what is made of it; false when there is no more.</summary>
    public bool Step()
    {
        if (_isDone) return false;
        if (!_isScanned)
        {
            _isScanned = !_scanner!.Step();
            return true;
        }

        _isDone = true;
        BootTree? tree = _scanner!.Tree;
        foreach (ScanNote note in _notes) (tree is null ? _problems : _warnings).Add(note.Text);
        if (tree is not null)
        {
            Result = new(_origin, _settings!, new BootCatalog(_settings!, tree, _kernel.UnixTimeSeconds()), _warnings);
        }
        else if (_settings!.Places.TryGetValue("tree", out string? place))
        {
            _problems[^1] = $"{place}: tree: {_problems[^1]}";
        }
        else if (_options.Value("--tree") is null)
        {
            _problems[^1] += UnnamedTree;
        }

        return false;
    }

    /// <summary>Leaves it unfinished.</summary>
    public void Abandon()
    {
        _scanner?.Abandon();
        _isDone = true;
    }
}
