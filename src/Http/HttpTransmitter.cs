using System;
using Aglet.Boot;
using Aglet.Core;
using Aglet.Kernel;
using Aglet.Wire;

namespace Aglet.Http;

/// <summary>How far sending came.</summary>
internal enum HttpProgress : byte
{
    /// <summary>The kernel has the whole answer.</summary>
    Done,

    /// <summary>The socket takes no more for now, or this turn's share is used up.</summary>
    Waiting,

    /// <summary>The file could not be read, and nothing was sent yet.</summary>
    Unreadable,

    /// <summary>The file ended or failed in the middle of the answer.</summary>
    Broken,

    PeerGone,
}

/// <summary>
/// Puts answers on sockets: a small one leaves with its head in one call; a large file by <c>sendfile</c>; a
/// document is rendered again for what the socket did not take.
/// </summary>
internal sealed class HttpTransmitter(IKernel kernel)
{
    /// <summary>
    /// Files up to this leave with their head in one call: copying them costs less than another call.
    /// </summary>
    public const int SmallFileBytes = 16 * 1024;

    private const int HeadRoom = HttpResponse.HeadBytesMax;

    /// <summary>
    /// Room for a head, and behind it a document or a small file: the head is put right before the body.
    /// </summary>
    private readonly byte[] _scratch = GC.AllocateUninitializedArray<byte>(HeadRoom + Limits.DocumentBytes);

    /// <summary>Sends the head and what goes with it.</summary>
    /// <param name="connection">Has just begun its answer.</param>
    /// <param name="socket">Its handle.</param>
    /// <param name="file">The open file; meaningless for a document.</param>
    /// <param name="date">For the head.</param>
    /// <param name="budget">Bytes that may be sent in this turn; what is sent is taken from it.</param>
    public HttpProgress Start(HttpConnection connection, int socket, int file, ReadOnlySpan<byte> date, ref long budget)
    {
        HttpResponse response = connection.Response;
        Span<byte> text = stackalloc byte[HttpResponse.TextBytesMax];
        WireWriter words = new(text);
        response.WriteText(ref words, connection.Target);
        Span<byte> headRoom = stackalloc byte[HeadRoom];
        WireWriter head = new(headRoom);
        response.WriteHead(ref head, date, words.Length);
        Check.That(!words.Overflow && !head.Overflow);

        int bodyAt = HeadRoom;
        int bodyBytes = 0;
        if (response.Reject != HttpReject.None && !response.IsHead)
        {
            words.Written.CopyTo(_scratch.AsSpan(HeadRoom));
            bodyBytes = words.Length;
        }
        else if (!TryLoad(response, file, out bodyAt, out bodyBytes))
        {
            return HttpProgress.Unreadable;
        }

        head.Written.CopyTo(_scratch.AsSpan(bodyAt - head.Length));
        ReadOnlySpan<byte> flight = _scratch.AsSpan(bodyAt - head.Length, head.Length + bodyBytes);
        int unrepeatable = response.Reject != HttpReject.None ? flight.Length : head.Length;
        return SendFlight(connection, socket, file, flight, unrepeatable, ref budget);
    }

    /// <summary>Goes on with an answer whose socket can take more.</summary>
    public HttpProgress Continue(HttpConnection connection, int socket, int file, ref long budget)
    {
        if (!connection.Unsent.IsEmpty)
        {
            SysResult sent = kernel.Send(socket, connection.Unsent, more: connection.BodyRemaining > 0);
            if (sent.IsError) return sent.WouldBlock ? HttpProgress.Waiting : HttpProgress.PeerGone;
            connection.OnUnsentSent(sent.Count);
            if (!connection.Unsent.IsEmpty) return HttpProgress.Waiting;
        }

        while (connection.BodyRemaining > 0)
        {
            if (budget <= 0) return HttpProgress.Waiting;
            long asked = Math.Min(connection.BodyRemaining, budget);
            SysResult sent = connection.Response.Content.File is null
                ? SendDocument(connection, socket, (int)asked)
                : kernel.SendFile(socket, file, connection.BodyOffset, asked);
            if (sent.IsError) return ProgressFor(sent);
            if (sent.Value == 0) return HttpProgress.Broken;
            connection.OnBodySent(sent.Value);
            budget -= sent.Value;

            // Less than asked: the socket is full, or the file ended, which the next try finds out.
            if (sent.Value < asked) return HttpProgress.Waiting;
        }

        return HttpProgress.Done;
    }

    private static HttpProgress ProgressFor(SysResult failed)
    {
        if (failed.WouldBlock) return HttpProgress.Waiting;
        return failed.IsPeerGone ? HttpProgress.PeerGone : HttpProgress.Broken;
    }

    /// <summary>Puts into the scratch what goes along with the head: a document, a small file, or nothing.</summary>
    private bool TryLoad(in HttpResponse response, int file, out int bodyAt, out int bodyBytes)
    {
        bodyAt = HeadRoom;
        bodyBytes = 0;
        if (response.ContentBytes == 0) return true;
        if (response.Content.File is null)
        {
            Render(response.Content);
            bodyAt = HeadRoom + (int)response.BodyStart;
            bodyBytes = (int)response.ContentBytes;
            return true;
        }

        if (response.ContentBytes > SmallFileBytes) return true;
        bodyBytes = (int)response.ContentBytes;
        SysResult read = kernel.ReadAt(file, _scratch.AsSpan(HeadRoom, bodyBytes), response.BodyStart);
        return !read.IsError && read.Count == bodyBytes;
    }

    /// <param name="connection">Whose answer it is.</param>
    /// <param name="socket">Its handle.</param>
    /// <param name="file">The open file.</param>
    /// <param name="flight">The head, and the body as far as it goes along.</param>
    /// <param name="unrepeatable">What must be kept when it is not taken: the rest can be read or rendered again.</param>
    /// <param name="budget">Bytes left in this turn.</param>
    private HttpProgress SendFlight(
        HttpConnection connection, int socket, int file, ReadOnlySpan<byte> flight, int unrepeatable, ref long budget)
    {
        int bodyBytes = flight.Length - unrepeatable;
        SysResult sent = kernel.Send(socket, flight, more: connection.BodyRemaining > bodyBytes);
        if (sent.IsError && !sent.WouldBlock) return HttpProgress.PeerGone;
        int count = sent.IsError ? 0 : sent.Count;
        budget -= count;
        if (count < unrepeatable)
        {
            connection.KeepUnsent(flight[count..unrepeatable]);
            return HttpProgress.Waiting;
        }

        connection.OnBodySent(count - unrepeatable);
        if (count < flight.Length) return HttpProgress.Waiting;
        return connection.BodyRemaining == 0 ? HttpProgress.Done : Continue(connection, socket, file, ref budget);
    }

    private SysResult SendDocument(HttpConnection connection, int socket, int count)
    {
        Render(connection.Response.Content);
        return kernel.Send(socket, _scratch.AsSpan(HeadRoom + (int)connection.BodyOffset, count), more: false);
    }

    /// <summary>
    /// A document's bytes are a pure function of the plan behind it: they are the same as when it was found.
    /// </summary>
    private void Render(in Content content)
    {
        int rendered = BootPlanner.Render(content.Document, _scratch.AsSpan(HeadRoom));
        Check.That(rendered == content.Length);
    }
}
