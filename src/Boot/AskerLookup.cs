using System;
using System.Buffers.Binary;
using Aglet.Core;
using Aglet.Net;
using Aglet.Time;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>Finds out which machine asks for a document, from the document's name and the asker's address.</summary>
internal readonly ref struct AskerLookup(BootCatalog catalog, ClientTable clients)
{
    /// <summary>From a machine's network boot until its installer has asked for the answer file, at the longest.</summary>
    private static readonly Duration _installTime = Duration.FromSeconds(1800);

    /// <summary>By the document's name, by the asker's address, or nobody's in particular.</summary>
    /// <returns>False when the name speaks of a machine that nobody knows: the client then tries its next name.</returns>
    public bool TryIdentify(in DocumentName name, in Asker asker, out BootDocument document)
    {
        document = default;
        if (!catalog.HasPlans || !TryFindOwner(name, asker, out document)) return false;
        document = document with { Traits = TraitsOf(name, document) };
        return true;
    }

    /// <summary>False when it is known that somebody else asks.</summary>
    /// <remarks>
    /// Beside somebody else's DHCP server the asker's address may be unknown; then the path alone must do. Anaconda
    /// tells the MAC of its first card, which on a machine with several need not be the one that booted: a card
    /// that nobody knows is believed to be another one of the machine whose address asks.
    /// </remarks>
    public bool IsOwner(Instant now, in Asker asker, HardwareAddress owner)
    {
        HardwareAddress atAddress = default;
        if (clients.Find(asker.Address.Ipv4) is int slot and >= 0) atAddress = clients[slot].HardwareAddress;
        else if (catalog.FindReservation(asker.Address.Ipv4) is { } machine) atAddress = machine.HardwareAddress;
        if (!atAddress.IsNone && atAddress != owner && !IsSecondCard(now, atAddress, owner)) return false;
        if (asker.HardwareAddress.IsNone || asker.HardwareAddress == owner) return true;
        if (atAddress.IsNone) return false;
        return clients.Find(asker.HardwareAddress) < 0 && catalog.FindMachine(asker.HardwareAddress) is null;
    }

    /// <summary>True when a card that asks may be another one of the machine that is just being installed.</summary>
    /// <remarks>
    /// Installers bring up every card, and the route to us need not lead through the one that booted. Such a card asked
    /// DHCP for an address and never to be booted; a card of another configured machine, or one that booted itself, is
    /// no part of this one. Firmware tells the same UUID on each of its cards.
    /// </remarks>
    private bool IsSecondCard(Instant now, HardwareAddress card, HardwareAddress owner)
    {
        int ownerSlot = clients.Find(owner);
        int cardSlot = clients.Find(card);
        if (ownerSlot < 0 || cardSlot < 0) return false;
        ref readonly ClientRecord booted = ref clients[ownerSlot];
        ref readonly ClientRecord asks = ref clients[cardSlot];
        if (catalog.FindMachine(card) is not null) return false;
        if (!booted.Uuid.IsNone && booted.Uuid == asks.Uuid) return true;
        if (catalog.FindMachine(asks.Uuid) is not null) return false;
        bool isInstalling = booted.BootedAt != Instant.Never && now - booted.BootedAt < _installTime;
        return isInstalling && asks.BootedAt == Instant.Never;
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
            case DocumentOwner.Uuid:
                return TryIdentifyByUuid(name.Uuid, asker, atAddress, ref document);
            case DocumentOwner.Address:
                Ipv4Address address = AddressNamed(name.AddressDigits, asker.Address.Ipv4);
                return TryIdentifyByAddress(address, asker, ref document);
            default:
                if (!TryIdentifyByAddress(asker.Address.Ipv4, asker, ref document))
                    document = document with { Address = asker.Address.Ipv4 };
                return true;
        }
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
            document = Known(document, slot, hardware, asker) with { Uuid = machine.Uuid };
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
        if (slot < 0) return document with { Client = hardware, Address = asker.Address.Ipv4 };
        ref readonly ClientRecord record = ref clients[slot];
        return document with
        {
            Client = hardware,
            Uuid = record.Uuid,
            Architecture = record.Architecture,
            Address = record.Address.IsAny ? asker.Address.Ipv4 : record.Address,
        };
    }

    /// <summary>How the document is to be said to whoever reads it.</summary>
    private DocumentTraits TraitsOf(in DocumentName name, in BootDocument document)
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

        if (name.Kind == DocumentKind.Ipxe && slot >= 0 && clients[slot].LacksHttp) traits |= DocumentTraits.TftpUrls;
        return traits;
    }

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
