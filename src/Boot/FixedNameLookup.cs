using System;
using Aglet.Core;
using Aglet.Net;
using Aglet.Tree;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>Finds what stands behind one of the <see cref="FixedNames"/> for who asks, and what lies beside it.</summary>
internal readonly ref struct FixedNameLookup(BootCatalog catalog, ClientTable clients)
{
    /// <summary>Chooses the program: a file of the tree, or a document that is generated.</summary>
    /// <param name="key">The fixed name.</param>
    /// <param name="asker">Who asks.</param>
    /// <param name="file">The program; null when it is a document, or nothing.</param>
    /// <param name="guess">What the asker was taken for when it was not heard; null when it was.</param>
    /// <returns>The document; <see cref="DocumentKind.None"/> when it is a file, or nothing.</returns>
    public DocumentKind Find(ReadOnlySpan<byte> key, in Asker asker, out BootFile? file, out ClientArchitecture? guess)
    {
        file = null;
        guess = null;
        int slot = clients.Find(asker.Address.Ipv4);
        BootSubject subject = SubjectOf(slot, asker);
        if (subject.Plan().Kind == PlanKind.Ignore) return DocumentKind.None;
        BootStage stage = slot < 0 ? BootStage.Firmware : clients[slot].Stage;

        // iPXE was told the same name as the firmware that loaded it: itself once more would never end.
        if (stage == BootStage.Ipxe && subject.ProgramForIpxe() is null) return DocumentKind.Ipxe;
        if (stage == BootStage.UBoot) return DocumentKind.UBoot;
        ClientArchitecture? architecture = slot < 0 ? null : clients[slot].Architecture;
        architecture ??= guess = FixedNames.DefaultFor(key);
        byte[]? program = stage == BootStage.Ipxe ? subject.ProgramForIpxe() : ProgramOf(subject, architecture, asker.Protocol);
        if (program is null) return DocumentKind.None;
        if (slot >= 0) clients.SetUsesFixedName(slot);
        if (catalog.Tree.TryGet(program, out BootFile found)) file = found;
        else if (architecture.Firmware == FirmwareKind.UBoot) return DocumentKind.UBoot;
        return DocumentKind.None;
    }

    /// <summary>
    /// Shim, GRUB and PXELINUX look for the rest beside their own file, as far as they know: the fixed name stands in
    /// another folder than the program behind it.
    /// </summary>
    public bool TryFindSibling(ReadOnlySpan<byte> key, in Asker asker, out BootFile file)
    {
        file = default;
        int slot = clients.Find(asker.Address.Ipv4);
        if (slot < 0 || !clients[slot].UsesFixedName || clients[slot].Architecture is not { } architecture) return false;
        byte[]? program = ProgramOf(SubjectOf(slot, asker), architecture, asker.Protocol);
        int folder = program.AsSpan().LastIndexOf((byte)'/') + 1;
        if (folder == 0) return false;
        Span<byte> room = stackalloc byte[Limits.PathBytes];
        WireWriter sibling = new(room);
        sibling.Bytes(program.AsSpan(0, folder));
        sibling.Bytes(key);
        return !sibling.Overflow && catalog.Tree.TryGet(sibling.Written, out file);
    }

    private static byte[]? ProgramOf(in BootSubject subject, ClientArchitecture architecture, FileProtocol protocol)
    {
        if (protocol == FileProtocol.Http && !architecture.IsHttp) architecture = architecture.HttpForm;
        return FirmwareProgram.Choose(subject, architecture).File ?? subject.ProgramFor(architecture).File;
    }

    private BootSubject SubjectOf(int slot, in Asker asker)
    {
        MachineIdentity identity = slot < 0 ? new(default, Address: asker.Address.Ipv4) : clients[slot].Identity;
        return new(new BootDocument(DocumentKind.None, catalog, default, asker.Server).About(identity) with
        {
            Traits = DocumentTraits.AwaitsAddress,
        });
    }
}
