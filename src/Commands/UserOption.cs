using System;
using System.Globalization;
using System.Text;
using Aglet.Config;
using Aglet.Core;
using Aglet.Kernel;

namespace Aglet.Commands;

/// <summary><c>--user NAME|UID[:GID]</c>: who the server becomes before it reads anything.</summary>
/// <remarks>
/// Before, because what it may read then it may read at every reload, and what not is said at once. The C library's lookup of
/// names is not in a static binary: names are those of /etc/passwd.
/// </remarks>
/// <param name="User">The user's number; 0 is root.</param>
/// <param name="Group">The group's number.</param>
internal readonly record struct UserOption(uint User, uint Group)
{
    /// <summary>Where names are looked up.</summary>
    public const string PasswordFile = "/etc/passwd";

    /// <summary>The kernel's "no change" is no user.</summary>
    private const uint Nobody = uint.MaxValue;

    /// <summary>Reads the option's value.</summary>
    /// <param name="kernel">What /etc/passwd is read through.</param>
    /// <param name="text">A name or a number; behind a colon a group's number, else it is the user's own.</param>
    /// <param name="option">The user.</param>
    /// <param name="problem">Why not, for the operator.</param>
    public static bool TryRead(IKernel kernel, string text, out UserOption option, out string problem)
    {
        bool isThere = ConfigFile.TryRead(kernel, PasswordFile, Limits.ConfigBytes, out byte[]? users, out _);
        return TryParse(isThere ? users : [], text, out option, out problem);
    }

    /// <summary>The pure part of <see cref="TryRead"/>.</summary>
    /// <param name="users">The content of /etc/passwd.</param>
    /// <param name="text">The option's value.</param>
    /// <param name="option">The user.</param>
    /// <param name="problem">Why not, for the operator.</param>
    public static bool TryParse(ReadOnlySpan<byte> users, string text, out UserOption option, out string problem)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string name = colon < 0 ? text : text[..colon];
        bool isNumber = TryNumber(name, out uint user);
        bool isListed = TryFind(users, name, user, isNumber, out option);
        problem = "";
        if (!isListed && !isNumber)
        {
            problem = $"--user {text}: {PasswordFile} has no user {name}; name one that it has, or a number such as 65534:65534";
        }
        else if (!isListed)
        {
            // A number needs no entry: containers have none. Its group is its namesake, as the usual tools make it.
            option = new(user, user);
        }

        if (problem.Length > 0 || colon < 0) return problem.Length == 0;
        if (TryNumber(text[(colon + 1)..], out uint group)) option = option with { Group = group };
        else problem = $"--user {text}: a group is a number here: --user {name} takes the one of {PasswordFile}";
        return problem.Length == 0;
    }

    /// <summary>The entry with a name or a number: <c>name:password:uid:gid:…</c> (passwd(5)).</summary>
    private static bool TryFind(ReadOnlySpan<byte> users, string name, uint user, bool isNumber, out UserOption option)
    {
        option = default;
        ReadOnlySpan<byte> wanted = Encoding.UTF8.GetBytes(name);
        while (!users.IsEmpty)
        {
            int end = users.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? users : users[..end];
            users = end < 0 ? default : users[(end + 1)..];
            ReadOnlySpan<byte> entry = Take(ref line);
            _ = Take(ref line);
            bool isWhole = TryNumber(Encoding.UTF8.GetString(Take(ref line)), out uint uid)
                & TryNumber(Encoding.UTF8.GetString(Take(ref line)), out uint gid);
            if (!isWhole || (isNumber ? uid != user : !entry.SequenceEqual(wanted))) continue;
            option = new(uid, gid);
            return true;
        }

        return false;
    }

    /// <summary>The next field of an entry.</summary>
    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> line)
    {
        int colon = line.IndexOf((byte)':');
        ReadOnlySpan<byte> field = colon < 0 ? line : line[..colon];
        line = colon < 0 ? default : line[(colon + 1)..];
        return field;
    }

    private static bool TryNumber(string text, out uint number) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number != Nobody;
}
