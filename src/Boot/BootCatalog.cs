using System;
using System.Collections.Generic;
using Aglet.Config;
using Aglet.Core;
using Aglet.Net;
using Aglet.Tree;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>
/// Everything that decisions are made from: one configuration with one tree. Immutable; a reload makes another.
/// </summary>
internal sealed class BootCatalog
{
    private readonly CatalogMachine[] _machines;
    private readonly CatalogGroup[] _groups;
    private readonly CatalogImage[] _images;
    private readonly CatalogMenu?[] _menus;
    private readonly (HardwareAddress HardwareAddress, CatalogMachine Machine)[] _cards;
    private readonly SlotIndex _byHardware;
    private readonly SlotIndex _byUuid;
    private readonly SlotIndex _bySerial;
    private readonly SlotIndex _bySerialEnd;
    private readonly SlotIndex _byAsset;
    private readonly SlotIndex _byName;
    private readonly SlotIndex _byAddress;
    private readonly SlotIndex _imageByName;
    private readonly SlotIndex _imageByFile;
    private readonly CatalogValue?[] _defaults;

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
        Programs = new BootPrograms(settings, tree);
        Companions = new BootCompanions(tree);
        CatalogReader reader = new(settings, tree, Names);
        _images = reader.ReadImages();
        LocalImage = Array.Find(_images, image => image.IsLocal)!;
        Menu = reader.ReadMenu(_images, LocalImage);
        _menus = reader.ReadMenus(_images, LocalImage);
        _machines = reader.ReadMachines(_images);
        _groups = reader.ReadGroups(_images);
        _cards = ListCards(_machines);
        UsesSerials = Array.Exists(_machines, machine => machine.Serial.Length + machine.Asset.Length > 0)
            || Array.Exists(_groups, group => group.Serials.Length > 0);
        List<CatalogVariable> defaults = reader.ReadVariables(settings.Variables);
        _defaults = new CatalogValue?[Names.Count];
        foreach (CatalogVariable variable in defaults) _defaults[variable.Name] = variable.Value;

        _byHardware = new SlotIndex(_cards.Length);
        _byUuid = new SlotIndex(_machines.Length);
        _bySerial = new SlotIndex(_machines.Length);
        _bySerialEnd = new SlotIndex(_machines.Length);
        _byAsset = new SlotIndex(_machines.Length);
        _byName = new SlotIndex(_machines.Length);
        _byAddress = new SlotIndex(_machines.Length);
        _imageByName = new SlotIndex(_images.Length);
        _imageByFile = new SlotIndex(_images.Length);
        foreach (CatalogImage image in _images)
        {
            if (image.File.Length > 0) _imageByFile.Add(Fnv.Hash(image.File), image.Index);
        }

        for (int i = 0; i < _cards.Length; i++) _byHardware.Add(_cards[i].HardwareAddress.Hash, i);
        foreach (CatalogMachine machine in _machines) Place(machine);
        foreach (CatalogImage image in _images) _imageByName.Add(Fnv.Hash(image.Name), image.Index);
    }

    public Settings Settings { get; }

    public BootTree Tree { get; }

    public BootPrograms Programs { get; }

    /// <summary>What boot programs need beside what an image names.</summary>
    public BootCompanions Companions { get; }

    /// <summary>Seconds since 1970.</summary>
    public long MadeUnixSeconds { get; }

    /// <summary>The names of all values.</summary>
    public TemplateNames Names { get; } = new();


    /// <summary>The images in the configuration's order; there is always one that boots the local disk.</summary>
    public ReadOnlySpan<CatalogImage> Images => _images;

    public ReadOnlySpan<CatalogMachine> Machines => _machines;

    /// <summary>The first image that boots the machine's own disk.</summary>
    public CatalogImage LocalImage { get; }

    /// <summary>False when there is a tree only: then no boot program is told anything.</summary>
    public bool HasPlans => _machines.Length > 0 || _groups.Length > 0 || Settings.Unknown != UnknownPolicy.Ignore;

    public ReadOnlySpan<CatalogGroup> Groups => _groups;

    /// <summary>The site's menu: all images that are no menus themselves.</summary>
    public CatalogMenu Menu { get; }

    /// <summary>Some machine or group is known by what only iPXE and installers can tell.</summary>
    public bool UsesSerials { get; }

    /// <summary>What an image lets choose among; null for an image that is no menu.</summary>
    public CatalogMenu? MenuOf(CatalogImage image) => _menus[image.Index];

    /// <summary>By hardware address, else UUID, else serial number, else asset tag; null when it is not configured.</summary>
    public CatalogMachine? FindMachine(in MachineIdentity identity) =>
        FindMachine(identity.HardwareAddress) ?? FindMachine(identity.Uuid)
        ?? FindBySerial(identity.Serial) ?? FindByAsset(identity.Asset);

    /// <summary>The first group that a machine matches, or null.</summary>
    public CatalogGroup? FindGroup(in MachineIdentity identity)
    {
        foreach (CatalogGroup group in _groups)
        {
            if (group.Matches(identity)) return group;
        }

        return null;
    }

    /// <summary>The machine with a hardware address, or null.</summary>
    public CatalogMachine? FindMachine(HardwareAddress address)
    {
        if (address.IsNone) return null;
        int card = _byHardware.First(address.Hash);
        while (card >= 0 && _cards[card].HardwareAddress != address) card = _byHardware.Next(card);
        return card < 0 ? null : _cards[card].Machine;
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

    /// <summary>What HTTP calls a file: what the images say of it, else what its name says.</summary>
    /// <remarks>A disk image may have any name; without its own type EDK2 makes a RAM disk of <c>.img</c> alone.</remarks>
    public MediaType MediaOf(ReadOnlySpan<byte> key)
    {
        int slot = _imageByFile.First(Fnv.Hash(key));
        while (slot >= 0 && !key.SequenceEqual(_images[slot].File)) slot = _imageByFile.Next(slot);
        return (slot < 0 ? ImageKind.Kernel : _images[slot].Kind) switch
        {
            ImageKind.Efi => MediaType.Efi,
            ImageKind.Iso => MediaType.EfiIso,
            ImageKind.Disk => MediaType.EfiImage,
            _ => MediaTypes.Of(key),
        };
    }

    /// <summary>What a name means for machines that give it no value of their own; null for nothing.</summary>
    public CatalogValue? DefaultOf(int name) => name < _defaults.Length ? _defaults[name] : null;

    /// <summary>
    /// The machine whose serial number ends in the eight digits that a Raspberry Pi tells; Linux shows sixteen.
    /// </summary>
    public CatalogMachine? FindRaspberryPi(ReadOnlySpan<byte> serial)
    {
        int slot = _bySerialEnd.First(Fnv.Hash(serial));
        while (slot >= 0 && !AsciiText.EqualsIgnoreCase(SerialEnd(_machines[slot]), serial)) slot = _bySerialEnd.Next(slot);
        return slot < 0 ? null : _machines[slot];
    }

    private static ReadOnlySpan<byte> SerialEnd(CatalogMachine machine) =>
        machine.Serial.Length is 8 or 16 ? machine.Serial.AsSpan(machine.Serial.Length - 8) : default;

    private CatalogMachine? FindBySerial(in ShortText serial)
    {
        if (serial.IsEmpty) return null;
        int slot = _bySerial.First(Fnv.Hash(serial.Bytes));
        while (slot >= 0 && !serial.Bytes.SequenceEqual(_machines[slot].Serial)) slot = _bySerial.Next(slot);
        return slot < 0 ? null : _machines[slot];
    }

    private CatalogMachine? FindByAsset(in ShortText asset)
    {
        if (asset.IsEmpty) return null;
        int slot = _byAsset.First(Fnv.Hash(asset.Bytes));
        while (slot >= 0 && !asset.Bytes.SequenceEqual(_machines[slot].Asset)) slot = _byAsset.Next(slot);
        return slot < 0 ? null : _machines[slot];
    }

    private static ulong HashOf(MachineUuid uuid) =>
        Fnv.Mix(unchecked((ulong)(uuid.Value >> 64) ^ Fnv.Mix((ulong)uuid.Value)));

    private static (HardwareAddress, CatalogMachine)[] ListCards(CatalogMachine[] machines)
    {
        List<(HardwareAddress, CatalogMachine)> cards = [];
        foreach (CatalogMachine machine in machines)
        {
            if (!machine.HardwareAddress.IsNone) cards.Add((machine.HardwareAddress, machine));
            foreach (HardwareAddress other in machine.OtherHardwareAddresses) cards.Add((other, machine));
        }

        return [.. cards];
    }

    private void Place(CatalogMachine machine)
    {
        if (!machine.Uuid.IsNone) _byUuid.Add(HashOf(machine.Uuid), machine.Index);
        if (machine.Serial.Length > 0) _bySerial.Add(Fnv.Hash(machine.Serial), machine.Index);
        Span<byte> end = stackalloc byte[SerialEnd(machine).Length];
        for (int i = 0; i < end.Length; i++) end[i] = AsciiText.ToLower(SerialEnd(machine)[i]);
        if (end.Length > 0) _bySerialEnd.Add(Fnv.Hash(end), machine.Index);
        if (machine.Asset.Length > 0) _byAsset.Add(Fnv.Hash(machine.Asset), machine.Index);
        if (!machine.Address.IsAny) _byAddress.Add(Fnv.Mix(machine.Address.Value), machine.Index);
        _byName.Add(Fnv.Hash(machine.Name), machine.Index);
    }
}
