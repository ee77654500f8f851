using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Config;
using Aglet.Core;

namespace Aglet.Boot;

/// <summary>Compiles a template with all that it includes; finds every mistake, not only the first.</summary>
internal sealed class TemplateParser(IReadOnlyDictionary<string, IncludedTemplate> includes, TemplateNames names, bool isWord)
{
    private const int ErrorsMax = 100;

    private readonly List<TemplatePiece> _pieces = [];
    private readonly List<TemplateError> _errors = [];
    private readonly List<Block> _blocks = [];
    private readonly List<string> _files = [];
    private int _bytes;
    private Source _source = new("", []);

    /// <summary>Mistakes in the order of the text, each once.</summary>
    public IReadOnlyList<TemplateError> Errors => _errors;

    /// <summary>The steps; to be used only when there are no errors.</summary>
    public TemplatePiece[] Parse(string path, byte[] text)
    {
        ParseFile(path, text);
        return [.. _pieces];
    }

    private void ParseFile(string path, byte[] text)
    {
        Source outer = _source;
        int floor = _blocks.Count;
        _files.Add(path);
        _source = new(path, text.AsSpan().StartsWith("\uFEFF"u8) ? text[3..] : text);
        _bytes += text.Length;
        TemplateLexer lexer = new(_source.Text);
        while (lexer.Next(out TemplateToken token) && _pieces.Count < Limits.TemplatePieces)
        {
            switch (token.Kind)
            {
                case TemplateTokenKind.Text:
                    Add(token.Offset, new() { Action = TemplateAction.Text, Offset = token.Offset, Length = token.Length });
                    break;
                case TemplateTokenKind.Value:
                    ParseValue(token);
                    break;
                case TemplateTokenKind.Tag:
                    ParseTag(token, floor);
                    break;
                default:
                    AddError(token.Offset, token.Problem);
                    break;
            }
        }

        if (_pieces.Count >= Limits.TemplatePieces)
            AddError(0, $"it has more than {Limits.TemplatePieces} pieces with all that it includes");
        while (_blocks.Count > floor)
        {
            Block block = _blocks[^1];
            _blocks.RemoveAt(_blocks.Count - 1);
            string word = block.IsLoop ? "for" : "if";
            AddError(block.Offset, $"'{word}' is not closed by {{% end{word} %}} in the same file");
        }

        _files.RemoveAt(_files.Count - 1);
        _source = outer;
    }

    private void ParseValue(in TemplateToken token)
    {
        TemplateScanner words = new(_source.Text.AsSpan(token.Offset, token.Length), token.Offset);
        if (words.AtEnd)
        {
            AddError(token.Offset - 2, "a name was expected between '{{' and '}}'");
            return;
        }

        int offset = words.Offset;
        string all = words.Rest;
        TemplatePiece piece = new() { Action = TemplateAction.Value, Name = -1 };
        if (!words.TryTakeName(out string name) || !(words.AtEnd || words.TryTakeSign("|"u8)))
        {
            AddError(offset, $"'{all}' is not a name: letters, digits, '_', '-' and '.' make one, and '|' a filter");
            return;
        }

        if (!TryResolve(name, offset, ref piece)) return;
        bool isFirst = true;
        TemplateFilters filters = default;
        while (!words.AtEnd)
        {
            if (!TryParseFilter(ref words, isFirst, ref piece)) return;
            isFirst = false;
            if (words.AtEnd) break;
            if (words.TryTakeSign("|"u8) && !words.AtEnd) continue;
            AddError(words.Offset, "'|' and a filter, or the end of the value, was expected");
            return;
        }

        bool isPart = isWord && piece.Filters.TryAdd(TemplateFilter.Word, out filters);
        if (isPart) piece = piece with { Filters = filters };
        Add(offset, piece);
    }

    private bool TryParseFilter(ref TemplateScanner words, bool isFirst, ref TemplatePiece piece)
    {
        int offset = words.Offset;
        string rest = words.Rest;
        if (!words.TryTakeName(out string name))
        {
            AddError(offset, $"a filter was expected, found '{rest}'");
            return false;
        }

        if (name == "default")
        {
            if (!isFirst)
            {
                AddError(offset, "'default' must be the first filter: the others then quote what it gives");
                return false;
            }

            bool isOpen = words.TryTakeSign("("u8);
            if (isOpen && TryTakeLiteral(ref words, out byte[]? literal, out VariableKind kind) && words.TryTakeSign(")"u8))
            {
                piece = piece with { Literal = literal, LiteralKind = kind };
                return true;
            }

            AddError(offset, "'default' needs a value: default(\"text\"), default(5) or default(true)");
            return false;
        }

        TemplateFilter filter = TemplateFilters.ForName(name);
        if (filter == TemplateFilter.None)
        {
            string hint = NearestName.Find(name, TemplateFilters.Names()) is { } nearest ? $"; did you mean '{nearest}'?" : "";
            AddError(offset, $"'{name}' is not a filter: {string.Join(", ", TemplateFilters.Names())}{hint}");
            return false;
        }

        // In a word of the command line the last place is taken already.
        bool fits = piece.Filters.TryAdd(filter, out TemplateFilters longer);
        if (!fits || (isWord && !longer.TryAdd(TemplateFilter.Word, out _)))
        {
            AddError(offset, $"expected at most {(isWord ? 3 : 4)} filters");
            return false;
        }

        piece = piece with { Filters = longer };
        return true;
    }

    private void ParseTag(in TemplateToken token, int floor)
    {
        TemplateScanner words = new(_source.Text.AsSpan(token.Offset, token.Length), token.Offset);
        int offset = words.Offset;
        words.TryTakeName(out string word);
        if (isWord)
        {
            AddError(offset, "expected only values {{ }} in the arguments, found a tag {% %}");
            return;
        }

        switch (word)
        {
            case "if":
                ParseIf(ref words, offset);
                break;
            case "elif" or "else":
                ParseElse(ref words, offset, floor, word);
                break;
            case "for":
                ParseFor(ref words, offset);
                break;
            case "endif" or "endfor":
                ParseEnd(ref words, offset, floor, word);
                break;
            case "include":
                ParseInclude(token, offset);
                break;
            default:
                string[] known = ["if", "elif", "else", "endif", "for", "endfor", "include", "raw", "endraw"];
                string hint = NearestName.Find(word, known) is { } nearest ? $"; did you mean '{nearest}'?" : "";
                AddError(offset, $"'{word}' is not a tag: {string.Join(", ", known)}{hint}");
                break;
        }
    }

    private void ParseIf(ref TemplateScanner words, int offset)
    {
        if (!TryOpen(new Block { Offset = offset, IsLoop = false })) return;
        ParseCondition(ref words);
    }

    /// <summary>
    /// <c>name</c>, <c>not name</c>, <c>name == "text"</c>, <c>name != 5</c>; several with <c>and</c> or with <c>or</c>.
    /// </summary>
    private void ParseCondition(ref TemplateScanner words)
    {
        Block block = _blocks[^1];
        List<int> terms = [];
        string joint = "";
        while (TryParseTerm(ref words, out TemplatePiece term))
        {
            terms.Add(_pieces.Count);
            Add(words.Offset, term with { Action = TemplateAction.Unless });
            if (words.AtEnd) break;
            int offset = words.Offset;
            string rest = words.Rest;
            string found = words.TryTakeWord("and") ? "and" : words.TryTakeWord("or") ? "or" : "";
            if (found.Length == 0)
            {
                AddError(offset, $"'==', '!=', 'and', 'or' or the end of the condition was expected, found '{rest}'");
                break;
            }

            if (joint.Length > 0 && joint != found)
            {
                AddError(offset, "'and' and 'or' cannot stand in one condition: put one 'if' into another");
                break;
            }

            joint = found;
        }

        for (int i = 0; i < terms.Count; i++)
        {
            bool isLast = i == terms.Count - 1;
            if (joint == "or" && !isLast)
                _pieces[terms[i]] = _pieces[terms[i]] with { Action = TemplateAction.When, Target = _pieces.Count };
            else
                block.ToNextBranch.Add(terms[i]);
        }
    }

    private bool TryParseTerm(ref TemplateScanner words, out TemplatePiece term)
    {
        term = new() { Action = TemplateAction.Unless, Name = -1 };
        bool isNegated = false;
        while (words.TryTakeWord("not")) isNegated = !isNegated;
        int offset = words.Offset;
        if (!words.TryTakeName(out string name) || name is "and" or "or")
        {
            AddError(offset, "a name was expected in the condition");
            return false;
        }

        bool isEqual = words.TryTakeSign("=="u8);
        bool isUnequal = !isEqual && words.TryTakeSign("!="u8);
        if (isEqual || isUnequal)
        {
            int literalOffset = words.Offset;
            if (!TryTakeLiteral(ref words, out byte[]? literal, out VariableKind kind))
            {
                AddError(literalOffset, "a text in quotes, a number, true or false was expected after '==' or '!='");
                return false;
            }

            term = term with { Literal = literal, LiteralKind = kind };
        }

        if (!TryResolve(name, offset, ref term)) return false;
        (int line, int column) = _source.PositionOf(offset);
        term = term with { IsNegated = isNegated != isUnequal, Line = line, Column = column, File = _source.Path };
        return true;
    }

    private void ParseElse(ref TemplateScanner words, int offset, int floor, string word)
    {
        if (_blocks.Count == floor || _blocks[^1].IsLoop || _blocks[^1].HasElse)
        {
            AddError(offset, $"'{word}' has no 'if' before it");
            return;
        }

        Block block = _blocks[^1];
        block.ToEnd.Add(_pieces.Count);
        Add(offset, new() { Action = TemplateAction.Jump });
        EndBranch(block);
        if (word == "elif")
        {
            ParseCondition(ref words);
            return;
        }

        block.HasElse = true;
        ExpectEnd(ref words, word);
    }

    private void ParseFor(ref TemplateScanner words, int offset)
    {
        int slot = 0;
        foreach (Block outer in _blocks) slot += outer.IsLoop ? 1 : 0;
        bool isGood = words.TryTakeName(out string item) && words.TryTakeWord("in");
        int nameOffset = words.Offset;
        isGood &= words.TryTakeName(out string name) && words.AtEnd;
        if (!isGood || item is "loop" or "in" || item.Contains('.', StringComparison.Ordinal))
        {
            AddError(offset, "a loop was expected: {% for item in name %}");
            (item, name) = ("", "");
        }

        if (slot >= Limits.TemplateLoops)
        {
            AddError(offset, $"expected at most {Limits.TemplateLoops} loops within each other");
            slot = 0;
        }

        TemplatePiece piece = new() { Action = TemplateAction.Loop, Name = -1, Slot = slot };
        if (name.Length > 0 && TryResolve(name, nameOffset, ref piece) && piece.Part != LoopPart.None)
            AddError(nameOffset, $"'{name}' is one text here, not a list");
        if (!TryOpen(new Block { Offset = offset, IsLoop = true, Item = item, Slot = slot, Start = _pieces.Count })) return;
        Add(nameOffset, piece with { Slot = slot, Part = LoopPart.None });
    }

    private void ParseEnd(ref TemplateScanner words, int offset, int floor, string word)
    {
        bool isLoop = word == "endfor";
        if (_blocks.Count == floor || _blocks[^1].IsLoop != isLoop)
        {
            AddError(offset, $"'{word}' has no '{word[3..]}' before it that is still open");
            return;
        }

        ExpectEnd(ref words, word);
        Block block = _blocks[^1];
        _blocks.RemoveAt(_blocks.Count - 1);
        if (isLoop)
        {
            Add(offset, new() { Action = TemplateAction.Next, Slot = block.Slot, Target = block.Start + 1 });
            block.ToNextBranch.Add(block.Start);
        }

        EndBranch(block);
        foreach (int jump in block.ToEnd) _pieces[jump] = _pieces[jump] with { Target = _pieces.Count };
    }

    private void ParseInclude(in TemplateToken token, int offset)
    {
        if (!TemplateFiles.TryReadInclude(_source.Text.AsSpan(token.Offset, token.Length), out string name))
        {
            AddError(offset, "the path of a file was expected: {% include \"part.yaml\" %}");
            return;
        }

        string path = TemplateFiles.PathOf(_source.Path, name);
        if (_files.Contains(path))
            AddError(offset, $"{path} includes itself, by way of {_source.Path}");
        else if (_files.Count > Limits.TemplateIncludeDepth)
            AddError(offset, $"expected at most {Limits.TemplateIncludeDepth} files that include one another");
        else if (!includes.TryGetValue(path, out IncludedTemplate? file))
            AddError(offset, $"expected at most {Limits.TemplateFiles} included files in all, so {path} was not read");
        else if (file.Problem.Length > 0)
            AddError(offset, $"{path} cannot be included: {file.Problem}");
        else if (_bytes + file.Text.Length > Limits.TemplateBytes)
            AddError(offset, $"with {path} the text is longer than {Limits.TemplateBytes} bytes");
        else
            ParseFile(path, file.Text);
    }

    /// <summary>Finds what a name means here: the item of a loop, or a value.</summary>
    private bool TryResolve(string name, int offset, ref TemplatePiece piece)
    {
        LoopPart part = name switch
        {
            "loop.index" => LoopPart.Index,
            "loop.first" => LoopPart.First,
            "loop.last" => LoopPart.Last,
            _ => LoopPart.None,
        };
        for (int i = _blocks.Count - 1; i >= 0; i--)
        {
            Block block = _blocks[i];
            if (!block.IsLoop || (part == LoopPart.None && block.Item != name)) continue;
            piece = piece with { Part = part == LoopPart.None ? LoopPart.Item : part, Slot = block.Slot };
            return true;
        }

        if (part != LoopPart.None)
        {
            AddError(offset, $"'{name}' has a meaning only between {{% for %}} and {{% endfor %}}");
            return false;
        }

        piece = piece with { Name = names.IndexOf(name) };
        return true;
    }

    private static bool TryTakeLiteral(ref TemplateScanner words, out byte[]? value, out VariableKind kind)
    {
        kind = VariableKind.Text;
        if (words.TryTakeText(out value)) return true;
        if (words.TryTakeWord("true")) (value, kind) = ("true"u8.ToArray(), VariableKind.Boolean);
        else if (words.TryTakeWord("false")) (value, kind) = ("false"u8.ToArray(), VariableKind.Boolean);
        else if (words.TryTakeNumber(out byte[] number)) (value, kind) = (number, VariableKind.Number);
        return value is not null;
    }

    private bool TryOpen(Block block)
    {
        if (_blocks.Count < Limits.TemplateBlocks)
        {
            _blocks.Add(block);
            return true;
        }

        AddError(block.Offset, $"expected at most {Limits.TemplateBlocks} blocks within each other");
        return false;
    }

    private void EndBranch(Block block)
    {
        foreach (int test in block.ToNextBranch) _pieces[test] = _pieces[test] with { Target = _pieces.Count };
        block.ToNextBranch.Clear();
    }

    private void ExpectEnd(ref TemplateScanner words, string word)
    {
        if (!words.AtEnd) AddError(words.Offset, $"nothing was expected after '{word}', found '{words.Rest}'");
    }

    private void Add(int offset, TemplatePiece piece)
    {
        bool hasPlace = piece.Line > 0 || piece.Action is not (TemplateAction.Value or TemplateAction.Loop);
        (int line, int column) = hasPlace ? (piece.Line, piece.Column) : _source.PositionOf(offset);
        _pieces.Add(piece with { Source = _source.Text, File = _source.Path, Line = line, Column = column });
    }

    private void AddError(int offset, string message)
    {
        (int line, int column) = _source.PositionOf(offset);
        TemplateError error = new(_source.Path, line, column, ConfigNode.Shorten(message, 400));
        if (_errors.Count < ErrorsMax && !_errors.Contains(error)) _errors.Add(error);
    }

    /// <summary>An <c>if</c> or <c>for</c> that is open.</summary>
    private sealed class Block
    {
        public required int Offset { get; init; }

        public required bool IsLoop { get; init; }

        /// <summary>What a loop calls its item.</summary>
        public string Item { get; init; } = "";

        public int Slot { get; init; }

        /// <summary>Index of the loop's first piece.</summary>
        public int Start { get; init; }

        public bool HasElse { get; set; }

        /// <summary>Pieces that go to the next branch, or behind the loop.</summary>
        public List<int> ToNextBranch { get; } = [];

        /// <summary>Pieces that go behind the whole block.</summary>
        public List<int> ToEnd { get; } = [];
    }

    /// <summary>A file that is read, with a place in it that only moves on, so that lines are counted once.</summary>
    private sealed class Source(string path, byte[] text)
    {
        private int _offset;
        private int _line = 1;
        private int _column = 1;

        public string Path { get; } = path;

        public byte[] Text { get; } = text;

        public (int Line, int Column) PositionOf(int offset)
        {
            if (offset < _offset) (_offset, _line, _column) = (0, 1, 1);
            foreach (byte b in Text.AsSpan(_offset, offset - _offset))
            {
                if (b == '\n') (_line, _column) = (_line + 1, 1);
                else if ((b & 0xC0) != 0x80) _column++; // the later bytes of a UTF-8 character do not count
            }

            _offset = offset;
            return (_line, _column);
        }
    }
}
