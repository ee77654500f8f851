using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Config;

namespace Aglet.Commands;

/// <summary>Looks for secrets in answer files that anybody may read (<c>"open": true</c>).</summary>
/// <param name="settings">The configuration.</param>
/// <param name="warn">Takes a line for each image.</param>
internal sealed class SecretCheck(Settings settings, Action<string> warn)
{
    /// <summary>How crypt(3) begins a hash, and how PEM begins a key.</summary>
    private static readonly string[] _marks =
        ["$1$", "$5$", "$6$", "$y$", "$2a$", "$2b$", "$2y$", "PRIVATE KEY-----"];

    private static readonly string[] _words = ["password", "passwd", "passphrase", "secret", "token", "private", "hash"];

    public void Run()
    {
        foreach (ImageSetting image in settings.Images)
        {
            if (!image.IsOpen || image.Answer is not { } answer) continue;
            string? found = Find(Encoding.UTF8.GetString(answer.Template));
            foreach (IncludedTemplate included in answer.Includes.Values) found ??= Find(Encoding.UTF8.GetString(included.Text));
            foreach (TemplateSetting? other in (TemplateSetting?[])[answer.MetaData, answer.VendorData, answer.NetworkConfig])
            {
                if (other is not null) found ??= Find(Encoding.UTF8.GetString(other.Text));
            }

            if (found is null) continue;
            warn($"images.{image.Name}.open: {answer.TemplatePath} has {found}, and every machine of the network may read it: "
                + "leave \"open\" out, or take the secret out of the template");
        }
    }

    /// <summary>The first thing that looks like a secret, in words; null for none.</summary>
    private string? Find(string text)
    {
        foreach (string mark in _marks)
        {
            if (text.Contains(mark, StringComparison.Ordinal)) return mark[0] == '$' ? "a password hash" : "a private key";
        }

        foreach (string name in Names())
        {
            foreach (string word in _words)
            {
                bool isSecret = name.Contains(word, StringComparison.OrdinalIgnoreCase);
                if (isSecret && text.Contains(name, StringComparison.Ordinal)) return $"the value of vars.{name}";
            }
        }

        return null;
    }

    private IEnumerable<string> Names()
    {
        foreach (VariableSetting variable in settings.Variables) yield return variable.Name;
        foreach (GroupSetting group in settings.Groups)
        {
            foreach (VariableSetting variable in group.Variables) yield return variable.Name;
        }

        foreach (MachineSetting machine in settings.Machines)
        {
            foreach (VariableSetting variable in machine.Variables) yield return variable.Name;
        }
    }
}
