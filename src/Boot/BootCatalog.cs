using System;
using System.Collections.Generic;
using System.Text;
using Aglet.Config;
using Aglet.Core;
using Aglet.Net;
using Aglet.Tree;

namespace Aglet.Boot;

/// <summary>
/// Everything that decisions are made from: one configuration with one tree. Immutable; a reload makes another.
/// </summary>
internal sealed class BootCatalog
{
    private readonly CatalogMachine[] _machines;
    private readonly CatalogImage[] _images;
    private readonly SlotIndex _byHardware;
    private readonly SlotIndex _byUuid;
    private readonly SlotIndex _byName;
    private readonly SlotIndex _byAddress;
    private readonly SlotIndex _imageByName;
    private readonly byte[]?[] _defaults;

    /// <summary>Serves the tree and nothing else.</summary>
    public BootCatalog(BootTree tree)
        : this(new Settings { Tree = "", Unknown = UnknownPolicy.Ignore }, tree)
    {
    }

    /// <param name="settings">The configuration.</param>
    /// <param name="tree">The files that it speaks of.</param>
    /// <param name="madeUnixSeconds">The time of day: when generated documents were last changed.</param>
    public BootCatalog(Settings settings, BootTree tree, long madeUnixSeconds = 0)
    {
        Settings = settings;
        Tree = tree;
        MadeUnixSeconds = madeUnixSeconds;
        MenuTitle = Printable(settings.MenuTitle);
        Domain = Printable(settings.Domain);
        Programs = new BootPrograms(settings, tree);
        _images = ReadImages(settings, tree);
        LocalImage = FindLocalImage();
        DefaultImage = settings.MenuDefault >= 0 ? _images[settings.MenuDefault] : LocalImage;
        _machines = ReadMachines(settings);
        List<CatalogVariable> defaults = ReadVariables(settings.Variables);
        _defaults = new byte[]?[Names.Count];
        foreach (CatalogVariable variable in defaults) _defaults[variable.Name] = variable.Value;

        _byHardware = new SlotIndex(_machines.Length);
        _byUuid = new SlotIndex(_machines.Length);
        _byName = new SlotIndex(_machines.Length);
        _byAddress = new SlotIndex(_machines.Length);
        _imageByName = new SlotIndex(_images.Length);
        foreach (CatalogMachine machine in _machines) Place(machine);
        foreach (CatalogImage image in _images) _imageByName.Add(Fnv.Hash(image.Name), image.Index);
    }

    public Settings Settings { get; }

    public BootTree Tree { get; }

    public BootPrograms Programs { get; }

    /// <summary>Seconds since 1970.</summary>
    public long MadeUnixSeconds { get; }

    /// <summary>The names of all values.</summary>
    public TemplateNames Names { get; } = new();

    public byte[] MenuTitle { get; }

    public byte[] Domain { get; }

    /// <summary>The images in the configuration's order; there is always one that boots the local disk.</summary>
    public ReadOnlySpan<CatalogImage> Images => _images;

    public ReadOnlySpan<CatalogMachine> Machines => _machines;

    /// <summary>The first image that boots the machine's own disk.</summary>
    public CatalogImage LocalImage { get; }

    /// <summary>False when there is a tree only: then no boot program is told anything.</summary>
    public bool HasPlans => _machines.Length > 0 || Settings.Unknown != UnknownPolicy.Ignore;

    /// <summary>What a menu takes by itself.</summary>
    public CatalogImage DefaultImage { get; }

    /// <summary>The machine with a hardware address, or null.</summary>
    public CatalogMachine? FindMachine(HardwareAddress address)
    {
        if (address.IsNone) return null;
        int slot = _byHardware.First(address.Hash);
        while (slot >= 0 && _machines[slot].HardwareAddress != address) slot = _byHardware.Next(slot);
        return slot < 0 ? null : _machines[slot];
    }

    /// <summary>The machine with a UUID, or null.</summary>
    public CatalogMachine? FindMachine(MachineUuid uuid)
    {
        if (uuid.IsNone) return null;
        int slot = _byUuid.First(HashOf(uuid));
        while (slot >= 0 && _machines[slot].Uuid != uuid) slot = _byUuid.Next(slot);
        return slot < 0 ? null : _machines[slot];
    }

    /// <summary>The machine with a name, or null.</summary>
    public CatalogMachine? FindMachine(ReadOnlySpan<byte> name)
    {
        int slot = _byName.First(Fnv.Hash(name));
        while (slot >= 0 && !name.SequenceEqual(_machines[slot].Name)) slot = _byName.Next(slot);
        return slot < 0 ? null : _machines[slot];
    }

    /// <summary>
    /// The machine that an address is reserved for, or null; always null where others give the addresses.
    /// </summary>
    public CatalogMachine? FindReservation(Ipv4Address address)
    {
        if (address.IsAny || Settings.DhcpMode != DhcpMode.Server) return null;
        int slot = _byAddress.First(Fnv.Mix(address.Value));
        while (slot >= 0 && _machines[slot].Address != address) slot = _byAddress.Next(slot);
        return slot < 0 ? null : _machines[slot];
    }

    /// <summary>The image with a name, or null.</summary>
    public CatalogImage? FindImage(ReadOnlySpan<byte> name)
    {
        int slot = _imageByName.First(Fnv.Hash(name));
        while (slot >= 0 && !name.SequenceEqual(_images[slot].Name)) slot = _imageByName.Next(slot);
        return slot < 0 ? null : _images[slot];
    }

    /// <summary>What a name means for machines that give it no value of their own; null for nothing.</summary>
    public byte[]? DefaultOf(int name) => name < _defaults.Length ? _defaults[name] : null;

    /// <summary>Text for one line of a script: what is not printable becomes a space.</summary>
    private static byte[] Printable(string text)
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

    private static byte[]? FindMissing(BootTree tree, byte[] kernel, byte[][] initrds)
    {
        if (!tree.TryGet(kernel, out _)) return kernel;
        foreach (byte[] initrd in initrds)
        {
            if (!tree.TryGet(initrd, out _)) return initrd;
        }

        return null;
    }

    private static ulong HashOf(MachineUuid uuid) =>
        Fnv.Mix(unchecked((ulong)(uuid.Value >> 64) ^ Fnv.Mix((ulong)uuid.Value)));

    private static byte[] LeafOf(AnswerSetting? answer) => answer?.Kind switch
    {
        null => [],
        AnswerKind.Preseed => "preseed.cfg"u8.ToArray(),
        AnswerKind.Kickstart => "ks.cfg"u8.ToArray(),
        _ => Encoding.UTF8.GetBytes(answer.TemplatePath[(answer.TemplatePath.LastIndexOf('/') + 1)..]),
    };

    private CatalogImage[] ReadImages(Settings settings, BootTree tree)
    {
        List<CatalogImage> images = [];
        HashSet<string> labels = [];
        foreach (ImageSetting setting in settings.Images) images.Add(ReadImage(setting, images.Count, labels, tree));
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
            IsLocal = true,
        };
        images.Add(ReadImage(disk, images.Count, labels, tree));
        return [.. images];
    }

    private CatalogImage ReadImage(ImageSetting setting, int index, HashSet<string> labels, BootTree tree)
    {
        byte[] kernel = setting.IsLocal ? [] : KeyOf(setting.Kernel);
        byte[][] initrds = new byte[setting.IsLocal ? 0 : setting.Initrds.Count][];
        for (int i = 0; i < initrds.Length; i++) initrds[i] = KeyOf(setting.Initrds[i]);
        return new CatalogImage
        {
            Index = index,
            Name = Encoding.UTF8.GetBytes(setting.Name),
            Title = Printable(setting.Title.Length == 0 ? setting.Name : setting.Title),
            Label = LabelFor(setting.Name, index, labels),
            Cpu = setting.Cpu,
            IsLocal = setting.IsLocal,
            Kernel = kernel,
            Initrds = initrds,
            Words = KernelArguments.Split(Printable(setting.Arguments)),
            AnswerKind = setting.Answer?.Kind ?? AnswerKind.Plain,
            Answer = setting.Answer is null ? null : new Template(setting.Answer.Template, Names),
            AnswerPath = setting.Answer?.TemplatePath ?? "",
            AnswerLeaf = LeafOf(setting.Answer),
            MissingFile = setting.IsLocal ? null : FindMissing(tree, kernel, initrds),
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

    private CatalogImage FindLocalImage()
    {
        foreach (CatalogImage image in _images)
        {
            if (image.IsLocal) return image;
        }

        Check.That(false);
        return null;
    }

    private CatalogMachine[] ReadMachines(Settings settings)
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
                Uuid = setting.Uuid,
                Address = setting.Address,
                Image = _images[setting.Image],
                Variables = [.. ReadVariables(setting.Variables)],
            };
        }

        return machines;
    }

    private List<CatalogVariable> ReadVariables(IReadOnlyList<VariableSetting> settings)
    {
        List<CatalogVariable> variables = [];
        foreach (VariableSetting setting in settings)
            variables.Add(new(Names.IndexOf(setting.Name), Encoding.UTF8.GetBytes(setting.Value)));
        return variables;
    }

    private void Place(CatalogMachine machine)
    {
        if (!machine.HardwareAddress.IsNone) _byHardware.Add(machine.HardwareAddress.Hash, machine.Index);
        if (!machine.Uuid.IsNone) _byUuid.Add(HashOf(machine.Uuid), machine.Index);
        if (!machine.Address.IsAny) _byAddress.Add(Fnv.Mix(machine.Address.Value), machine.Index);
        _byName.Add(Fnv.Hash(machine.Name), machine.Index);
    }
}
