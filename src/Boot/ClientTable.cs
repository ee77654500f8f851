using System;
using Aglet.Core;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Boot;

/// <summary>What is remembered of one machine between its requests.</summary>
internal struct ClientRecord
{
    public HardwareAddress HardwareAddress { get; set; }

    /// <summary>From option 97; none when the firmware knows none.</summary>
    public MachineUuid Uuid { get; set; }

    /// <summary>An address of the network that it last asked DHCP from.</summary>
    public Ipv4Address Network { get; set; }

    /// <summary>Option 60 of its firmware or boot program.</summary>
    public ShortText VendorClass { get; set; }

    /// <summary>SMBIOS serial number, once iPXE told it.</summary>
    public ShortText Serial { get; set; }

    /// <summary>SMBIOS asset tag, once iPXE told it.</summary>
    public ShortText Asset { get; set; }

    /// <summary>Leased by us or overheard; <see cref="Ipv4Address.Any"/> when not known.</summary>
    public Ipv4Address Address { get; set; }

    /// <summary>What its firmware said it is; null when it said nothing.</summary>
    public ClientArchitecture? Architecture { get; set; }

    /// <summary>The stage that asked last.</summary>
    public BootStage Stage { get; set; }

    /// <summary>All by which it can be recognised.</summary>
    public readonly MachineIdentity Identity =>
        new(HardwareAddress, Uuid, Architecture, Address.IsAny ? Network : Address, VendorClass, Serial, Asset);

    /// <summary>Its iPXE cannot HTTP: what it is to fetch is named by TFTP URLs.</summary>
    public bool LacksHttp { get; set; }

    /// <summary>When it last asked DHCP as a boot client; <see cref="Instant.Never"/> when it never did.</summary>
    public Instant BootedAt { get; set; }

    /// <summary>It asked for its boot program by the one name that somebody else's DHCP server tells everybody.</summary>
    public bool UsesFixedName { get; set; }

    /// <summary>When it was first told to load a full iPXE; <see cref="Instant.Never"/> when it was not.</summary>
    public Instant LoaderSince { get; set; }

    /// <summary>What its scripts of this boot tell it to ask for its answer file with; none before a boot.</summary>
    public BootToken Token { get; set; }

    /// <summary>What it was before; to tell a replay from a guess.</summary>
    public BootToken EarlierToken { get; set; }

    /// <summary>When the boot began that got the token.</summary>
    public Instant TokenSince { get; set; }

    /// <summary>When it was first given its answer file in this boot; <see cref="Instant.Never"/> when it was not.</summary>
    public Instant AnsweredAt { get; set; }

    /// <summary>The script that it read since it last asked DHCP as a boot client did not tell it the token.</summary>
    public bool HasPlainScript { get; set; }

    /// <summary><see cref="Address"/> was heard of in this boot.</summary>
    public bool IsAddressOfBoot { get; set; }

    /// <summary>The DHCP client that asked for an address last, which was no boot client's; 0 for none in this boot.</summary>
    public ulong SystemMark { get; set; }

    /// <summary>The same when the answer file was fetched: the installer's.</summary>
    public ulong InstallerMark { get; set; }
}

/// <summary>How much is lost when a client is forgotten; the least goes first.</summary>
internal enum ClientRank : byte
{
    /// <summary>It asked, and that is all: what a flood of made-up addresses consists of.</summary>
    Asked,

    /// <summary>It has an address: documents that do not name it are known to be its by that.</summary>
    HasAddress,

    /// <summary>It is in the configuration.</summary>
    Configured,
}

/// <summary>
/// The machines that asked, in fixed slots, found by hardware address, IPv4 address or UUID in constant time. A new
/// machine takes the slot of the one of the lowest rank that was not seen for longest: a flood of made-up addresses
/// costs nothing but the memory of others that only asked, which their next request brings back.
/// </summary>
internal sealed class ClientTable
{
    private readonly ClientRecord[] _records;
    private readonly StyleMemory[] _styles;
    private readonly SlotIndex _byHardware;
    private readonly SlotIndex _byAddress;
    private readonly SlotIndex _byUuid;

    // The slots of each rank as a list from the most to the least recently seen.
    private readonly ClientRank[] _rank;
    private readonly int[] _newer;
    private readonly int[] _older;
    private readonly int[] _newest = [-1, -1, -1];
    private readonly int[] _oldest = [-1, -1, -1];

    public ClientTable(int slots = Limits.Clients)
    {
        _records = new ClientRecord[slots];
        _styles = new StyleMemory[slots];
        _rank = new ClientRank[slots];
        _newer = new int[slots];
        _older = new int[slots];
        _byHardware = new SlotIndex(slots);
        _byAddress = new SlotIndex(slots);
        _byUuid = new SlotIndex(slots);
    }

    /// <summary>Slots in use.</summary>
    public int Count { get; private set; }

    /// <summary>The record in a slot that a look-up gave.</summary>
    public ref readonly ClientRecord this[int slot] => ref _records[slot];

    /// <summary>How the machine in a slot wants to be offered its boot data.</summary>
    public ref StyleMemory StyleOf(int slot) => ref _styles[slot];

    /// <summary>The slot of a machine, or -1.</summary>
    public int Find(HardwareAddress machine)
    {
        int slot = _byHardware.First(machine.Hash);
        while (slot >= 0 && _records[slot].HardwareAddress != machine) slot = _byHardware.Next(slot);
        return slot;
    }

    /// <summary>The slot of the machine that has an address, or -1.</summary>
    public int Find(Ipv4Address address)
    {
        if (address.IsAny) return -1;
        int slot = _byAddress.First(HashOf(address));
        while (slot >= 0 && _records[slot].Address != address) slot = _byAddress.Next(slot);
        return slot;
    }

    /// <summary>The slot of the machine with a UUID, or -1; of two, the one that said so last.</summary>
    public int Find(MachineUuid uuid)
    {
        if (uuid.IsNone) return -1;
        int slot = _byUuid.First(HashOf(uuid));
        while (slot >= 0 && _records[slot].Uuid != uuid) slot = _byUuid.Next(slot);
        return slot;
    }

    /// <summary>Notes that a machine was seen; gives it a slot when it has none.</summary>
    public int Touch(HardwareAddress machine)
    {
        Check.That(!machine.IsNone);
        int slot = Find(machine);
        if (slot < 0)
        {
            slot = Count < _records.Length ? Count++ : Evict();
            _styles[slot] = default;
            _records[slot] = new ClientRecord
            {
                HardwareAddress = machine,
                BootedAt = Instant.Never,
                LoaderSince = Instant.Never,
                TokenSince = Instant.Never,
                AnsweredAt = Instant.Never,
            };
            _rank[slot] = ClientRank.Asked;
            _byHardware.Add(machine.Hash, slot);
        }
        else
        {
            Unlink(slot);
        }

        LinkNewest(slot);
        return slot;
    }

    /// <summary>Notes whether a machine is in the configuration: then strangers do not push it out.</summary>
    public void SetConfigured(int slot, bool isConfigured) =>
        SetRank(slot, isConfigured ? ClientRank.Configured : RankOfStranger(slot));

    /// <summary>Notes what a DHCP client says of itself. What it leaves out this time is kept.</summary>
    public void Describe(Instant now, int slot, in BootClient client)
    {
        ref ClientRecord record = ref _records[slot];
        bool goesOn = GoesOn(record, client);
        record.Stage = client.Stage;
        if (client.Architecture is not null && !goesOn) record.Architecture = client.Architecture;

        // It claims to be a PC with a BIOS; what it can run is told by its own number, which it sends by IPv6 only.
        if (client.IsRaspberryPi) record.Architecture = ClientArchitecture.All[41];
        if (client.Stage != BootStage.System)
        {
            record.BootedAt = now;
            record.HasPlainScript = false;
            record.UsesFixedName &= client.Stage != BootStage.Firmware;
            record.LacksHttp = client.Stage == BootStage.Ipxe && !client.IpxeHasHttp;
            if (!goesOn) record.VendorClass = client.VendorClass;
        }

        if (client.SystemMark != 0) record.SystemMark = client.SystemMark;
        record.Network = client.Network;
        SetUuid(slot, client.Uuid);
    }

    /// <summary>
    /// UEFI HTTP Boot and the iPXE that it loads tell different numbers and classes in one boot: the firmware's count, so
    /// that the machine stays in the group that it was in.
    /// </summary>
    private static bool GoesOn(in ClientRecord record, in BootClient client) =>
        client.Stage == BootStage.Ipxe && !record.VendorClass.IsEmpty
        && record.Stage is BootStage.Firmware or BootStage.Ipxe
        && client.Architecture is { } later && record.Architecture is { } first
        && later.Cpu == first.Cpu && later.Firmware == first.Firmware;

    /// <summary>A boot begins, and this is what it shows.</summary>
    public void SetToken(int slot, BootToken token, Instant since)
    {
        ref ClientRecord record = ref _records[slot];
        record.EarlierToken = record.Token;
        record.Token = token;
        record.TokenSince = since;
        record.AnsweredAt = Instant.Never;
        record.IsAddressOfBoot = false;
        record.SystemMark = record.InstallerMark = 0;
    }

    /// <summary>It was given a script, with the token in it or without.</summary>
    public void SetScript(int slot, bool isPlain) => _records[slot].HasPlainScript = isPlain;

    /// <summary>It was given its answer file.</summary>
    public void SetAnswered(int slot, Instant now)
    {
        ref ClientRecord record = ref _records[slot];
        if (record.AnsweredAt != Instant.Never) return;
        record.AnsweredAt = now;
        record.InstallerMark = record.SystemMark;
    }

    /// <summary>Notes what iPXE reads from the SMBIOS; what is empty is kept as it was.</summary>
    public void SetTags(int slot, in MachineTags tags)
    {
        ref ClientRecord record = ref _records[slot];
        if (!tags.Serial.IsEmpty) record.Serial = tags.Serial;
        if (!tags.Asset.IsEmpty) record.Asset = tags.Asset;
        SetUuid(slot, tags.Uuid);
    }

    /// <summary>Notes an address; whoever had it before has it no more.</summary>
    public void Bind(int slot, Ipv4Address address)
    {
        ref ClientRecord record = ref _records[slot];
        if (!address.IsAny && record.Stage == BootStage.Firmware) _styles[slot].OnAddress();
        record.IsAddressOfBoot = !address.IsAny;
        if (record.Address == address) return;
        int previous = Find(address);
        if (previous >= 0) Unbind(previous);
        Unbind(slot);
        if (address.IsAny) return;
        record.Address = address;
        _byAddress.Add(HashOf(address), slot);
        if (_rank[slot] == ClientRank.Asked) SetRank(slot, ClientRank.HasAddress);
    }

    /// <summary>Notes that a machine was named its boot program by <see cref="FixedNames"/>.</summary>
    public void SetUsesFixedName(int slot) => _records[slot].UsesFixedName = true;

    /// <summary>Notes when a machine was first told to load a full iPXE.</summary>
    public void SetLoaderSince(int slot, Instant since) => _records[slot].LoaderSince = since;

    private static ulong HashOf(Ipv4Address address) => Fnv.Mix(address.Value);

    private static ulong HashOf(MachineUuid uuid) =>
        Fnv.Mix(unchecked((ulong)(uuid.Value >> 64) ^ Fnv.Mix((ulong)uuid.Value)));

    private void SetUuid(int slot, MachineUuid uuid)
    {
        ref ClientRecord record = ref _records[slot];
        if (uuid.IsNone || uuid == record.Uuid) return;
        if (!record.Uuid.IsNone) _byUuid.Remove(HashOf(record.Uuid), slot);
        record.Uuid = uuid;
        _byUuid.Add(HashOf(uuid), slot);
    }

    private void Unbind(int slot)
    {
        ref ClientRecord record = ref _records[slot];
        if (record.Address.IsAny) return;
        _byAddress.Remove(HashOf(record.Address), slot);
        record.Address = Ipv4Address.Any;
        if (_rank[slot] == ClientRank.HasAddress) SetRank(slot, ClientRank.Asked);
    }

    private ClientRank RankOfStranger(int slot) =>
        _records[slot].Address.IsAny ? ClientRank.Asked : ClientRank.HasAddress;

    private void SetRank(int slot, ClientRank rank)
    {
        if (_rank[slot] == rank) return;
        Unlink(slot);
        _rank[slot] = rank;
        LinkNewest(slot);
    }

    private int Evict()
    {
        int rank = 0;
        while (_oldest[rank] < 0) rank++;
        int slot = _oldest[rank];
        Unbind(slot);
        Unlink(slot);
        ref readonly ClientRecord record = ref _records[slot];
        _byHardware.Remove(record.HardwareAddress.Hash, slot);
        if (!record.Uuid.IsNone) _byUuid.Remove(HashOf(record.Uuid), slot);
        return slot;
    }

    private void LinkNewest(int slot)
    {
        ref int newest = ref _newest[(int)_rank[slot]];
        ref int oldest = ref _oldest[(int)_rank[slot]];
        _newer[slot] = -1;
        _older[slot] = newest;
        if (newest >= 0) _newer[newest] = slot;
        newest = slot;
        if (oldest < 0) oldest = slot;
    }

    private void Unlink(int slot)
    {
        if (_newer[slot] >= 0) _older[_newer[slot]] = _older[slot];
        else _newest[(int)_rank[slot]] = _older[slot];
        if (_older[slot] >= 0) _newer[_older[slot]] = _newer[slot];
        else _oldest[(int)_rank[slot]] = _newer[slot];
    }
}
