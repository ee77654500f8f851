using System.Collections.Generic;
using System.Text;
using Aglet.Config;
using Aglet.Net;
using Aglet.Tree;

namespace Aglet.Boot;

/// <summary>The boot programs that the operator chose for a machine, a group or the whole site.</summary>
internal sealed class ProgramChoice
{
    private readonly BootProgram?[] _programs = new BootProgram?[ClientArchitecture.All.Length];
    private readonly byte[]?[] _forIpxe = new byte[]?[ClientArchitecture.All.Length];

    private ProgramChoice(IReadOnlyList<ProgramSetting> settings, BootTree tree, string owner)
    {
        foreach (ProgramSetting program in settings)
        {
            byte[] key = Encoding.UTF8.GetBytes(program.Path.TrimStart('/'));
            if (program.IsForIpxe)
            {
                _forIpxe[program.Architecture.Code] = key;
                continue;
            }

            string missing = $"{owner}programs.{program.Architecture.Name} names {program.Path}, which is not in the tree";
            _programs[program.Architecture.Code] =
                tree.TryGet(key, out _) ? new(key, []) : new(null, Encoding.UTF8.GetBytes(missing));
        }
    }

    /// <summary>Null when nothing was chosen.</summary>
    /// <param name="settings">What was chosen.</param>
    /// <param name="tree">Where it must be.</param>
    /// <param name="owner">Whose choice it is, with a dot; empty for the site's.</param>
    public static ProgramChoice? Of(IReadOnlyList<ProgramSetting> settings, BootTree tree, string owner) =>
        settings.Count == 0 ? null : new(settings, tree, owner);

    /// <summary>The program, or why it cannot be had; null when none was chosen.</summary>
    public BootProgram? For(ClientArchitecture architecture) => _programs[architecture.Code];

    /// <summary>What an iPXE in the ROM runs instead of our script, or null.</summary>
    public byte[]? ForIpxe(ClientArchitecture architecture) => _forIpxe[architecture.Code];
}
