using System;
using System.Buffers.Binary;
using Aglet.Config;
using Aglet.Core;
using Aglet.Net;
using Aglet.Time;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>Finds out which machine asks for a document, from the document's name and the asker's address.</summary>
internal readonly ref struct AskerLookup(BootCatalog catalog, ClientTable clients)
{
    /// <summary>The architecture type that a Raspberry Pi only tells by IPv6.</summary>
    private const int RaspberryPiCode = 41;

    /// <summary>By the document's name, by the asker's address, or nobody's in particular.</summary>
    /// <returns>False when the name speaks of a machine that nobody knows: the client then tries its next name.</returns>
    public bool TryIdentify(in DocumentName name, in Asker asker, out BootDocument document)
    {
        document = default;
        if (!catalog.HasPlans || !TryFindOwner(name, asker, out document)) return false;
        document = document with { Traits = TraitsOf(name, asker, document) };
        if (name.Kind is DocumentKind.PiConfig or DocumentKind.PiCommandLine)
            document = document with { Architecture = ClientArchitecture.All[RaspberryPiCode] };
        return true;
    }

    /// <summary>Says whether somebody else asks than the machine itself.</summary>
    /// <remarks>
    /// Where we give the addresses the asker has one of ours, or it is not the machine. Beside somebody else's DHCP server
    /// the machine's may not have been heard; then the token must do. Anaconda tells the MAC of its first card, which on a
    /// machine with several need not be the one that booted: a card that nobody knows is believed to be another one of
    /// the machine whose address asks. An installer may reach us through another card than the one that booted: that one is
    /// to be named in the machine's <c>mac</c>, unless firmware told the same UUID on both.
    /// </remarks>
    /// <param name="asker">Who asks.</param>
    /// <param name="owner">The machine's card.</param>
    /// <param name="isSecret">What is asked for must not be known to others; else an address that nobody knows will do.</param>
    public AnswerRefusal RefusalOf(in Asker asker, HardwareAddress owner, bool isSecret)
    {
        HardwareAddress atAddress = HardwareAt(asker.Address.Ipv4);
        if (!atAddress.IsNone && !IsSame(atAddress, owner) && !IsSecondCard(atAddress, owner)) return AnswerRefusal.OtherMachine;
        if (atAddress.IsNone && isSecret && catalog.Settings.DhcpMode == DhcpMode.Server) return AnswerRefusal.OtherAddress;
        if (TellsOtherSerial(asker.Tags.Serial, owner)) return AnswerRefusal.FalseHeader;
        if (asker.HardwareAddress.IsNone || IsSame(asker.HardwareAddress, owner)) return AnswerRefusal.None;
        bool isCardOfOwner = !atAddress.IsNone
            && clients.Find(asker.HardwareAddress) < 0 && catalog.FindMachine(asker.HardwareAddress) is null;
        return isCardOfOwner ? AnswerRefusal.None : AnswerRefusal.FalseHeader;
    }

    /// <summary>True when a script may tell the asker what only its machine may know.</summary>
    /// <remarks>
    /// Scripts are asked for by path, which anybody can write. Where we give the addresses, a boot program has one that we
    /// know, its own card's and no other's; beside somebody else's server it is overheard, and only as long as it was not in
    /// this boot may it be any address that is nobody's.
    /// </remarks>
    public bool MayLearnToken(in Asker asker, HardwareAddress owner)
    {
        HardwareAddress atAddress = HardwareAt(asker.Address.Ipv4);
        if (!atAddress.IsNone) return IsSame(atAddress, owner);
        if (catalog.Settings.DhcpMode == DhcpMode.Server) return false;
        return clients.Find(owner) is not (int slot and >= 0) || !clients[slot].IsAddressOfBoot;
    }

    private HardwareAddress HardwareAt(Ipv4Address address)
    {
        if (clients.Find(address) is int slot and >= 0) return clients[slot].HardwareAddress;
        return catalog.FindReservation(address) is { } machine ? machine.HardwareAddress : default;
    }

    /// <summary>The same card, or another one that the configuration gives to the same machine.</summary>
    private bool IsSame(HardwareAddress card, HardwareAddress owner) =>
        card == owner || (catalog.FindMachine(card) is { } machine && machine == catalog.FindMachine(owner));

    /// <summary>Anaconda tells its serial number, and we know another one of the machine.</summary>
    private bool TellsOtherSerial(in ShortText told, HardwareAddress owner)
    {
        if (told.IsEmpty) return false;
        CatalogMachine? machine = catalog.FindMachine(owner);
        if (machine is { Serial.Length: > 0 }) return !told.Bytes.SequenceEqual(machine.Serial);
        return clients.Find(owner) is int slot and >= 0 && !clients[slot].Serial.IsEmpty && clients[slot].Serial != told;
    }

    /// <summary>True when firmware told the same UUID on both cards, and neither is configured as another machine's.</summary>
    private bool IsSecondCard(HardwareAddress card, HardwareAddress owner)
    {
        int ownerSlot = clients.Find(owner);
        int cardSlot = clients.Find(card);
        if (ownerSlot < 0 || cardSlot < 0 || catalog.FindMachine(card) is not null) return false;
        return !clients[ownerSlot].Uuid.IsNone && clients[ownerSlot].Uuid == clients[cardSlot].Uuid;
    }

    private bool TryFindOwner(in DocumentName name, in Asker asker, out BootDocument document)
    {
        document = new(name.Kind, catalog, default, asker.Server);
        int atAddress = clients.Find(asker.Address.Ipv4);
        switch (name.Owner)
        {
            case DocumentOwner.Hardware:
                document = Known(document, clients.Find(name.HardwareAddress), name.HardwareAddress, asker);
                return true;
            case DocumentOwner.Serial:
                document = KnownBySerial(document, name.Serial, asker);
                return true;
            case DocumentOwner.Uuid:
                return TryIdentifyByUuid(name.Uuid, asker, atAddress, ref document);
            case DocumentOwner.Address:
                Ipv4Address address = AddressNamed(name.AddressDigits, asker.Address.Ipv4);
                return TryIdentifyByAddress(address, asker, ref document);
            default:
                if (TryIdentifyByAddress(asker.Address.Ipv4, asker, ref document)) return true;
                MachineIdentity nobody = new(default, Address: asker.Address.Ipv4);
                document = document.About(nobody) with { Address = asker.Address.Ipv4 };
                return true;
        }
    }

    /// <summary>A Raspberry Pi by the serial number that it puts before its paths.</summary>
    /// <remarks>Up to the Pi 3 the second half of the MAC is the second half of the serial number.</remarks>
    private BootDocument KnownBySerial(in BootDocument document, ReadOnlySpan<byte> serial, in Asker asker)
    {
        CatalogMachine? machine = catalog.FindRaspberryPi(serial);
        int slot = clients.Find(asker.Address.Ipv4);
        if (slot >= 0 && clients[slot].Architecture is not { Firmware: FirmwareKind.RaspberryPi }) slot = -1;
        Span<byte> bytes = [0xB8, 0x27, 0xEB, 0, 0, 0];
        for (int i = 0; i < 6; i++)
            bytes[3 + (i / 2)] = (byte)((bytes[3 + (i / 2)] << 4) | AsciiText.HexValue(serial[2 + i]));
        HardwareAddress derived = HardwareAddress.Read(bytes);
        if (slot < 0) slot = clients.Find(derived);
        bool isDerived = clients.Find(derived) >= 0 || catalog.FindMachine(derived) is not null;
        HardwareAddress hardware = slot >= 0 ? clients[slot].HardwareAddress
            : machine is { HardwareAddress.IsNone: false } ? machine.HardwareAddress
            : isDerived ? derived : default;
        MachineIdentity identity = slot >= 0 ? clients[slot].Identity : new(hardware, Address: asker.Address.Ipv4);
        ShortText text = new(serial);
        if (slot >= 0 && clients[slot].Serial.IsEmpty) clients.SetTags(slot, new(text));
        BootDocument known = document.About(identity with { Serial = text });
        return known with { Machine = machine ?? known.Machine, Address = identity.Address };
    }

    private bool TryIdentifyByUuid(MachineUuid uuid, in Asker asker, int atAddress, ref BootDocument document)
    {
        // GRUB and firmware do not agree on the byte order of the first three fields.
        MachineUuid swapped = Swapped(uuid);
        CatalogMachine? machine = catalog.FindMachine(uuid) ?? catalog.FindMachine(swapped);
        int slot = clients.Find(uuid);
        if (slot < 0) slot = clients.Find(swapped);
        if (slot < 0 && atAddress >= 0 && clients[atAddress].Uuid.IsNone) slot = atAddress;
        if (machine is not null)
        {
            if (slot < 0 && !machine.HardwareAddress.IsNone) slot = clients.Find(machine.HardwareAddress);
            HardwareAddress hardware = slot >= 0 ? clients[slot].HardwareAddress : machine.HardwareAddress;
            document = Known(document, slot, hardware, asker) with { Uuid = machine.Uuid, Machine = machine };
            return !hardware.IsNone;
        }

        if (slot < 0) return false;
        document = Known(document, slot, clients[slot].HardwareAddress, asker);
        return true;
    }

    private bool TryIdentifyByAddress(Ipv4Address address, in Asker asker, ref BootDocument document)
    {
        int slot = clients.Find(address);
        if (slot >= 0)
        {
            document = Known(document, slot, clients[slot].HardwareAddress, asker);
            return true;
        }

        if (catalog.FindReservation(address) is not { } machine) return false;
        if (machine.HardwareAddress.IsNone) return false;
        document = Known(document, clients.Find(machine.HardwareAddress), machine.HardwareAddress, asker);
        return true;
    }

    /// <summary>A document for a machine, with what its DHCP requests told.</summary>
    private BootDocument Known(in BootDocument document, int slot, HardwareAddress hardware, in Asker asker)
    {
        MachineIdentity identity = slot < 0 ? new(hardware) : clients[slot].Identity;
        Ipv4Address address = slot < 0 || clients[slot].Address.IsAny ? asker.Address.Ipv4 : clients[slot].Address;
        return document.About(identity with { Address = address }) with { Address = address };
    }

    /// <summary>How the document is to be said to whoever reads it.</summary>
    private DocumentTraits TraitsOf(in DocumentName name, in Asker asker, in BootDocument document)
    {
        DocumentTraits traits = DocumentTraits.None;
        int slot = document.Client.IsNone ? -1 : clients.Find(document.Client);
        if (document.Client.IsNone) traits |= DocumentTraits.Shared;
        if (name.Kind == DocumentKind.Pxelinux)
        {
            // There is no PXELINUX for other processors than PCs': whoever reads this there is U-Boot or its like.
            bool isOther = document.Architecture is { Cpu: not (CpuFamily.X86 or CpuFamily.X64) };
            bool isUBoot = name.IsUBoot || isOther || (slot >= 0 && clients[slot].Stage == BootStage.UBoot);
            if (isUBoot) traits |= DocumentTraits.UBoot;
            else if (HasMenuModule(name.Folder)) traits |= DocumentTraits.HasMenuModule;
        }

        if (name.Kind != DocumentKind.Ipxe) return traits;
        if (slot >= 0 && clients[slot].LacksHttp) traits |= DocumentTraits.TftpUrls;
        else if (AsksSerial(asker, document, slot)) traits |= DocumentTraits.AsksSerial;
        return traits;
    }

    /// <summary>A machine that is not known by its MAC or UUID may be known by what iPXE reads from its tables.</summary>
    private bool AsksSerial(in Asker asker, in BootDocument document, int slot) =>
        catalog.UsesSerials && document.Machine is null && !document.Client.IsNone && !asker.Tags.AreTold
        && (slot < 0 || clients[slot].Serial.IsEmpty);

    private bool HasMenuModule(ReadOnlySpan<byte> folder)
    {
        Span<byte> room = stackalloc byte[Limits.PathBytes];
        WireWriter key = new(room);
        key.Bytes(folder);
        key.Bytes("menu.c32"u8);
        return !key.Overflow && catalog.Tree.TryGet(key.Written, out _);
    }

    /// <summary>
    /// The address that a probe names: all eight digits, or the asker's own when it begins with them.
    /// </summary>
    private static Ipv4Address AddressNamed(ReadOnlySpan<byte> digits, Ipv4Address asker)
    {
        uint value = 0;
        foreach (byte digit in digits) value = (value << 4) | (uint)AsciiText.HexValue(digit);
        if (digits.Length == 8) return new(value);
        return asker.Value >> (32 - (digits.Length * 4)) == value ? asker : Ipv4Address.Any;
    }

    private static MachineUuid Swapped(MachineUuid uuid)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, uuid.Value);
        return MachineUuid.ReadSmbios(bytes);
    }
}
