using System;
using System.Collections.Generic;
using Aglet.Net;
using Aglet.Time;

namespace Aglet.Kernel;

/// <summary>
/// The only seam to the outside: clock, chance, sockets, files, signals, log. Two implementations exist:
/// <c>LinuxKernel</c> over libc, and the simulator's, whose network loses, duplicates and reorders.
/// </summary>
/// <remarks>
/// Handles are small numbers that the implementation gives out. No call blocks but <see cref="Wait"/> and, as long as the
/// disk takes, <see cref="Sync"/>. Paths are
/// bytes without a NUL; they come from the operator or from the index of the tree, never from a peer.
/// </remarks>
internal interface IKernel
{
    /// <summary>The monotonic clock. Only the loop asks it, once a turn.</summary>
    Instant Now();

    /// <summary>The time of day in seconds since 1970, for logs, HTTP dates and what outlives us.</summary>
    long UnixTimeSeconds();

    /// <summary>Bytes that a peer cannot guess.</summary>
    void FillRandom(Span<byte> target);

    /// <summary>Waits until something watched is ready, a signal came or <paramref name="until"/> is reached.</summary>
    /// <returns>How many of <paramref name="ready"/> were filled; 0 after the deadline or a signal.</returns>
    int Wait(Span<ReadyEvent> ready, Instant until);

    /// <summary>Starts or changes the watch on a handle; closing the handle ends it.</summary>
    SysResult Watch(int handle, SocketToken token, Readiness interest);

    /// <summary>The next signal that came, or none.</summary>
    KernelSignal TakeSignal();

    /// <summary>A bound, non-blocking UDP socket that reports the local address of what it receives.</summary>
    SysResult OpenUdp(in UdpOptions options);

    /// <summary>
    /// A socket for whole Ethernet frames on one interface. It sends any and receives what <paramref name="filter"/>
    /// lets through, never what this host sent.
    /// </summary>
    SysResult OpenPacket(int interfaceIndex, PacketFilter filter);

    /// <summary>
    /// One Ethernet frame. A frame longer than the buffer is reported as <see cref="Errno.MessageTooLong"/>.
    /// </summary>
    SysResult ReceiveFrame(int socket, Span<byte> buffer, out FrameInfo info);

    /// <summary>
    /// One datagram. A datagram longer than the buffer is reported as <see cref="Errno.MessageTooLong"/>.
    /// </summary>
    SysResult ReceiveFrom(int socket, Span<byte> buffer, out DatagramInfo info);

    /// <summary>
    /// The datagrams that are there, with one call. Each of <paramref name="datagrams"/> has an equal share of
    /// <paramref name="buffer"/>, in order.
    /// </summary>
    /// <returns>How many; when they are fewer than asked for, no more were there a moment ago.</returns>
    SysResult ReceiveMany(int socket, Span<byte> buffer, Span<ReceivedDatagram> datagrams);

    /// <summary>
    /// Who did not get a datagram, and why: the next that the network told of a socket that keeps errors
    /// (<see cref="UdpOptions.KeepsErrors"/>). Until all are taken the socket is <see cref="Readiness.Failed"/>.
    /// </summary>
    /// <returns>The reason as a number of <see cref="Errno"/>; would block when there is none.</returns>
    SysResult ReceiveError(int socket, out IpEndpoint peer);

    /// <summary>
    /// Sends one datagram. <paramref name="source"/> picks the local address and interface it leaves by (0:
    /// any).
    /// </summary>
    SysResult SendTo(int socket, ReadOnlySpan<byte> datagram, in IpEndpoint peer, IpAddress source, int interfaceIndex);

    /// <summary>
    /// Sends a run of datagrams to one peer: every <paramref name="segmentBytes"/> of <paramref name="segments"/> is
    /// one, the last may be shorter. Uses UDP_SEGMENT where the kernel has it.
    /// </summary>
    /// <returns>Bytes sent, always whole datagrams; less than all when the socket would block.</returns>
    SysResult SendSegments(int socket, ReadOnlySpan<byte> segments, int segmentBytes, in IpEndpoint peer);

    /// <summary>Sends datagrams in order, as <see cref="SendTo"/> sends one.</summary>
    /// <returns>How many went out; the error only when not even the first did.</returns>
    SysResult SendMany(
        int socket,
        ReadOnlySpan<byte> bytes,
        ReadOnlySpan<OutgoingDatagram> datagrams,
        IpAddress source,
        int interfaceIndex);

    /// <summary>Sends one whole Ethernet frame.</summary>
    SysResult SendFrame(int socket, int interfaceIndex, ReadOnlySpan<byte> frame);

    /// <summary>Sends whole Ethernet frames in order.</summary>
    /// <returns>How many went out; the error only when not even the first did.</returns>
    SysResult SendFrames(int socket, int interfaceIndex, ReadOnlySpan<byte> bytes, ReadOnlySpan<OutgoingDatagram> frames);

    /// <summary>A listening, non-blocking TCP socket.</summary>
    SysResult Listen(in IpEndpoint local, int interfaceIndex);

    /// <summary>The next connection, non-blocking and without Nagle's delay.</summary>
    SysResult Accept(int listener, out IpEndpoint peer, out IpEndpoint local);

    /// <summary>Bytes from a connection; 0 when the peer has finished sending.</summary>
    SysResult Receive(int connection, Span<byte> buffer);

    /// <summary>
    /// Bytes to a connection; <paramref name="more"/> says that more follows at once, so a short packet waits.
    /// </summary>
    SysResult Send(int connection, ReadOnlySpan<byte> bytes, bool more);

    /// <summary>
    /// Holds back short packets until it is called again with false, so that many calls leave as full packets only.
    /// </summary>
    SysResult Cork(int connection, bool isOn);

    /// <summary>Bytes of a file to a connection without copying them here; 0 when the file ends early.</summary>
    SysResult SendFile(int connection, int file, long offset, long count);

    /// <summary>Says that no more will be sent, so that the peer sees the end before we close.</summary>
    SysResult Shutdown(int connection);

    /// <summary>Closes any handle and ends its watch.</summary>
    void Close(int handle);

    /// <summary>How many handles the process may have at once.</summary>
    int HandleLimit { get; }

    /// <summary>Opens a regular file for reading and says what was opened, whatever the path names a moment later.</summary>
    SysResult OpenFile(ReadOnlySpan<byte> path, out FileStatus status);

    /// <summary>Reads at an offset; fewer bytes than asked only at the end of the file.</summary>
    SysResult ReadAt(int file, Span<byte> target, long offset);

    /// <summary>
    /// Reads into stripes: <paramref name="target"/> is cut into pieces of a gap and data, and only the data is
    /// filled, one run of the file after the other. So file bytes land between TFTP's DATA headers with no copy.
    /// </summary>
    /// <returns>File bytes read; fewer than the stripes hold only at the end of the file.</returns>
    SysResult ReadStripes(int file, Span<byte> target, int gapBytes, int dataBytes, long offset);

    /// <summary>What a path names, links followed.</summary>
    SysResult GetStatus(ReadOnlySpan<byte> path, out FileStatus status);

    /// <summary>
    /// Opens a folder of our own and keeps other processes that lock it out, until the handle is closed or the process
    /// ends. <see cref="Errno.WouldBlock"/>: another process has it.
    /// </summary>
    SysResult LockFolder(ReadOnlySpan<byte> path);

    /// <summary>
    /// Opens a regular file for reading and writing; <paramref name="isNew"/> creates it, or empties the one that is there.
    /// </summary>
    SysResult OpenForWriting(ReadOnlySpan<byte> path, bool isNew);

    /// <summary>
    /// Writes at an offset. All of it, or the reason why not; of what was refused a beginning may be in the file.
    /// </summary>
    SysResult WriteAt(int file, ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Cuts a file off.</summary>
    SysResult Truncate(int file, long length);

    /// <summary>
    /// Waits until the disk has the bytes of a file (fdatasync), or the names of a folder. After a failure nobody knows
    /// what it has: Linux forgets the failure, so that to try again proves nothing.
    /// </summary>
    SysResult Sync(int handle);

    /// <summary>Gives a file another name, which may be in use: whoever opens that finds the one file or the other.</summary>
    SysResult Rename(ReadOnlySpan<byte> path, ReadOnlySpan<byte> newPath);

    /// <summary>Opens a folder, to read what is in it.</summary>
    SysResult OpenFolder(ReadOnlySpan<byte> path);

    /// <summary>
    /// The next entries of a folder but <c>.</c> and <c>..</c>, in no order, as many as fit into the buffer.
    /// </summary>
    /// <param name="folder">The handle.</param>
    /// <param name="room">For the names; small, when others must not wait: each name costs a look at what it names.</param>
    /// <param name="entries">One for each <see cref="FolderEntry.BytesMin"/> of the room.</param>
    /// <returns>How many; 0 at the end.</returns>
    SysResult ReadFolder(int folder, Span<byte> room, Span<FolderEntry> entries);

    /// <summary>Adds every interface that has an IPv4 address or is named. Start-up only: it allocates.</summary>
    SysResult ListInterfaces(List<NetworkInterface> interfaces);

    /// <summary>
    /// Becomes another user, for good, with what is needed to open ports and no more. Start-up only.
    /// <see cref="Errno.NotPermitted"/>: only root may.
    /// </summary>
    SysResult BecomeUser(uint user, uint group);

    /// <summary>
    /// Gives up every right that opening the ports needed; what is opened later needs none. A root that did not become
    /// another user keeps the right to files, which may be anybody's.
    /// </summary>
    /// <returns>The user that we are; 0 is root.</returns>
    SysResult GiveUpPrivileges();

    /// <summary>How long the service manager that started us waits for <c>WATCHDOG=1</c>; zero when it does not.</summary>
    Duration WatchdogPeriod { get; }

    /// <summary>Tells the service manager, if any, how we are: <c>READY=1</c> and the other words of sd_notify.</summary>
    void NotifyService(ReadOnlySpan<byte> state);

    /// <summary>
    /// A handle that is readable after a link or an address changed; what <see cref="Receive"/> gives from it means only that.
    /// </summary>
    SysResult OpenLinkWatch();

    /// <summary>What a command prints for its user (standard output), all of it or the reason why not.</summary>
    SysResult WriteOutput(ReadOnlySpan<byte> text);

    /// <summary>
    /// One finished line of the log, with its line feed. It may be kept until <see cref="FlushLog"/>; a failing invariant
    /// and the end of the process flush, too.
    /// </summary>
    void WriteLog(ReadOnlySpan<byte> line);

    /// <summary>Lets go of the lines that are kept, in one call where that is possible.</summary>
    /// <returns>Lines that were lost since the last time, for whoever reads them is too slow.</returns>
    long FlushLog();
}
