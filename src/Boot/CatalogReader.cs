using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Config;
using Aglet.Tree;

namespace Aglet.Boot;

/// <summary>Makes of the configuration's texts the bytes that scripts and answers are written of.</summary>
internal sealed class CatalogReader(Settings settings, BootTree tree, TemplateNames names)
{
    /// <summary>What cloud-init takes a machine for; it sets itself up anew when <c>instance-id</c> changes.</summary>
    private static readonly TemplateSetting _metaData = new(
        "meta-data", "instance-id: {{ name | yaml }}\nlocal-hostname: {{ hostname | yaml }}\n"u8.ToArray());

    private static readonly Dictionary<string, IncludedTemplate> _noIncludes = [];

    /// <summary>Text for one line of a script: what is not printable becomes a space.</summary>
    public static byte[] Printable(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] is < 0x20 or 0x7F) bytes[i] = (byte)' ';
        }

        return bytes;
    }

    private static byte[] KeyOf(string path)
    {
        byte[] raw = Encoding.UTF8.GetBytes(path);
        byte[] key = new byte[raw.Length];
        return BootPath.Normalize(raw, key, out int length) == BootPathReject.None ? key[..length] : raw;
    }

    private byte[]? FindMissing(ReadOnlySpan<byte[]> keys)
    {
        foreach (byte[] key in keys)
        {
            if (key.Length > 0 && !tree.TryGet(key, out _)) return key;
        }

        return null;
    }

    private static byte[] LeafOf(AnswerSetting answer) => answer.Kind switch
    {
        AnswerKind.Preseed => "preseed.cfg"u8.ToArray(),
        AnswerKind.Kickstart => "ks.cfg"u8.ToArray(),
        AnswerKind.Autoinstall or AnswerKind.CloudInit => "user-data"u8.ToArray(),
        AnswerKind.Ignition => "config.ign"u8.ToArray(),
        AnswerKind.AutoYast => "autoinst.xml"u8.ToArray(),
        AnswerKind.Unattend => "unattend.xml"u8.ToArray(),
        _ => Encoding.UTF8.GetBytes(answer.TemplatePath[(answer.TemplatePath.LastIndexOf('/') + 1)..]),
    };

    /// <summary>The answer file, and NoCloud's three others: cloud-init asks again and again for what is not there.</summary>
    private CatalogAnswer[] ReadAnswers(AnswerSetting? setting)
    {
        if (setting is null) return [];
        CatalogAnswer main = new(LeafOf(setting), Compile(new(setting.TemplatePath, setting.Template)));
        if (!setting.IsNoCloud) return [main];
        return
        [
            main,
            new("meta-data"u8.ToArray(), Compile(setting.MetaData ?? _metaData)),
            new("vendor-data"u8.ToArray(), setting.VendorData is null ? null : Compile(setting.VendorData)),
            new("network-config"u8.ToArray(), setting.NetworkConfig is null ? null : Compile(setting.NetworkConfig)),
        ];

        Template Compile(TemplateSetting template) => new(template.Path, template.Text, setting.Includes, names);
    }

    private CatalogWord[] ReadWords(ImageSetting setting)
    {
        byte[][] words = KernelArguments.Split(Printable(setting.Arguments));
        CatalogWord[] read = new CatalogWord[words.Length];
        for (int i = 0; i < words.Length; i++)
        {
            bool hasMarks = words[i].AsSpan().IndexOf("{{"u8) >= 0 || words[i].AsSpan().IndexOf("{%"u8) >= 0;
            string path = $"images.{setting.Name}.args";
            read[i] = new(words[i], hasMarks ? new Template(path, words[i], _noIncludes, names, isWord: true) : null);
        }

        return read;
    }

    /// <summary>The images in the configuration's order, with one that boots the local disk.</summary>
    public CatalogImage[] ReadImages()
    {
        List<CatalogImage> images = [];
        HashSet<string> labels = [];
        foreach (ImageSetting setting in settings.Images) images.Add(ReadImage(setting, images.Count, labels));
        foreach (CatalogImage image in images)
        {
            if (image.IsLocal) return [.. images];
        }

        bool isTaken = false;
        foreach (ImageSetting setting in settings.Images) isTaken |= setting.Name == "disk";
        ImageSetting disk = new()
        {
            Name = isTaken ? "local-disk" : "disk",
            Title = "Boot from the local disk",
            Kind = ImageKind.Local,
        };
        images.Add(ReadImage(disk, images.Count, labels));
        return [.. images];
    }

    private CatalogImage ReadImage(ImageSetting setting, int index, HashSet<string> labels)
    {
        byte[] kernel = setting.Kernel.Length == 0 ? [] : KeyOf(setting.Kernel);
        byte[] file = setting.File.Length == 0 ? [] : KeyOf(setting.File);
        byte[][] initrds = new byte[setting.Initrds.Count][];
        for (int i = 0; i < initrds.Length; i++) initrds[i] = KeyOf(setting.Initrds[i]);
        return new CatalogImage
        {
            Index = index,
            Name = Encoding.UTF8.GetBytes(setting.Name),
            Title = Printable(setting.Title.Length == 0 ? setting.Name : setting.Title),
            Label = LabelFor(setting.Name, index, labels),
            Cpu = setting.Cpu,
            Kind = setting.Kind,
            Kernel = kernel,
            File = file,
            Url = Encoding.ASCII.GetBytes(setting.Url),
            IsOpen = setting.IsOpen,
            Initrds = initrds,
            Words = ReadWords(setting),
            AnswerKind = setting.Answer?.Kind ?? AnswerKind.Plain,
            Answers = ReadAnswers(setting.Answer),
            MissingFile = FindMissing([kernel, file, .. initrds]),
        };
    }

    private static byte[] LabelFor(string name, int index, HashSet<string> labels)
    {
        StringBuilder label = new();
        foreach (char c in name) label.Append(char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '_');
        if (label.Length == 0 || !labels.Add(label.ToString()))
        {
            label.Append('-').Append(index);
            labels.Add(label.ToString());
        }

        return Encoding.ASCII.GetBytes(label.ToString());
    }

    /// <summary>The site's menu: every image that is no menu.</summary>
    public CatalogMenu ReadMenu(CatalogImage[] images, CatalogImage local) => new(
        Printable(settings.MenuTitle),
        settings.MenuTimeout,
        Array.FindAll(images, image => image.Kind != ImageKind.Menu),
        settings.MenuDefault >= 0 ? images[settings.MenuDefault] : local);

    /// <summary>The menus among the images, each in the place of its image.</summary>
    public CatalogMenu?[] ReadMenus(CatalogImage[] images, CatalogImage local)
    {
        CatalogMenu?[] menus = new CatalogMenu?[images.Length];
        for (int i = 0; i < settings.Images.Count; i++)
        {
            ImageSetting setting = settings.Images[i];
            if (setting.Kind != ImageKind.Menu) continue;
            CatalogImage[] items = new CatalogImage[setting.Items.Count];
            for (int j = 0; j < items.Length; j++) items[j] = images[setting.Items[j]];
            CatalogImage preset = setting.MenuDefault >= 0 ? images[setting.MenuDefault] : local;
            menus[i] = new(images[i].Title, setting.MenuTimeout ?? settings.MenuTimeout, items, preset);
        }

        return menus;
    }

    public CatalogMachine[] ReadMachines(CatalogImage[] images)
    {
        CatalogMachine[] machines = new CatalogMachine[settings.Machines.Count];
        for (int i = 0; i < machines.Length; i++)
        {
            MachineSetting setting = settings.Machines[i];
            machines[i] = new CatalogMachine
            {
                Index = i,
                Name = Printable(setting.Name),
                HardwareAddress = setting.HardwareAddress,
                OtherHardwareAddresses = [.. setting.OtherHardwareAddresses],
                Uuid = setting.Uuid,
                Serial = Encoding.UTF8.GetBytes(setting.Serial),
                Asset = Encoding.UTF8.GetBytes(setting.Asset),
                Address = setting.Address,
                Image = setting.Image < 0 ? null : images[setting.Image],
                IsOnce = setting.IsOnce,
                Variables = [.. ReadVariables(setting.Variables)],
                Programs = ProgramChoice.Of(setting.Programs, tree, $"{setting.Name}."),
            };
        }

        return machines;
    }

    public CatalogGroup[] ReadGroups(CatalogImage[] images)
    {
        CatalogGroup[] groups = new CatalogGroup[settings.Groups.Count];
        for (int i = 0; i < groups.Length; i++)
        {
            GroupSetting setting = settings.Groups[i];
            groups[i] = new CatalogGroup
            {
                Index = i,
                Name = Printable(setting.Name),
                HardwareAddresses = [.. setting.HardwareAddresses],
                VendorClasses = BytesOf(setting.VendorClasses),
                Serials = BytesOf(setting.Serials),
                Architectures = [.. setting.Architectures],
                Subnets = [.. setting.Subnets],
                Image = setting.Image < 0 ? null : images[setting.Image],
                IsOnce = setting.IsOnce,
                Variables = [.. ReadVariables(setting.Variables)],
                Programs = ProgramChoice.Of(setting.Programs, tree, $"{setting.Name}."),
            };
        }

        return groups;
    }

    public List<CatalogVariable> ReadVariables(IReadOnlyList<VariableSetting> variables)
    {
        List<CatalogVariable> read = [];
        foreach (VariableSetting variable in variables)
        {
            byte[][] items = variable.Kind == VariableKind.List
                ? BytesOf(variable.Items)
                : [Encoding.UTF8.GetBytes(variable.Value)];
            read.Add(new(names.IndexOf(variable.Name), new(variable.Kind, items)));
        }

        return read;
    }

    private static byte[][] BytesOf(IReadOnlyList<string> texts)
    {
        byte[][] bytes = new byte[texts.Count][];
        for (int i = 0; i < bytes.Length; i++) bytes[i] = Encoding.UTF8.GetBytes(texts[i]);
        return bytes;
    }
}
