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

    /// <summary>The file ended or failed in the middle of the answer.</summary>
    Broken,

    PeerGone,
}

/// <summary>
/// Puts answers on sockets: a small one leaves with its head in one call, several that were asked for together in one call
/// too; a large file by <c>sendfile</c>; a document is rendered again for what the socket did not take.
/// </summary>
internal sealed class HttpTransmitter(IKernel kernel, HttpOutboxes outboxes, HttpFileMemory memory)
{
    /// <summary>
    /// From here on an answer takes many calls, and short packets between them cost more than two calls to avoid them.
    /// </summary>
    private const int CorkBytes = 1 << 20;

    private const int HeadRoom = HttpResponse.HeadBytesMax;

    /// <summary>
    /// Room for a head, and behind it a document or a small file: the head is put right before the body.
    /// </summary>
    private readonly byte[] _scratch = GC.AllocateUninitializedArray<byte>(HeadRoom + Limits.DocumentBytes);

    /// <summary>Sends the head and what goes with it.</summary>
    /// <param name="connection">Has just begun its answer.</param>
    /// <param name="socket">Its handle.</param>
    /// <param name="file">The open file; meaningless for a document and for a file in memory.</param>
    /// <param name="remembered">Where the file is in memory; -1 for nowhere.</param>
    /// <param name="date">For the head.</param>
    /// <param name="budget">Bytes that may be sent in this turn; what is sent is taken from it.</param>
    public HttpProgress Start(
        HttpConnection connection, int socket, int file, int remembered, ReadOnlySpan<byte> date, ref long budget)
    {
        HttpResponse response = connection.Response;
        bool isAsRemembered = remembered >= 0 && response is { Status: HttpStatus.Ok, Persists: true, IsHttp10: false };
        if (isAsRemembered)
        {
            ReadOnlySpan<byte> answer = memory.AnswerOf(remembered, date, out int headLength);
            return SendFlight(connection, socket, file, answer, headLength, ref budget);
        }

        WireWriter text = new(_scratch.AsSpan(HeadRoom, HttpRefusalText.BytesMax));
        if (response.Reject != HttpReject.None) HttpRefusalText.Write(ref text, response, connection.Target);
        Span<byte> headRoom = stackalloc byte[HeadRoom];
        WireWriter head = new(headRoom);
        response.WriteHead(ref head, date, text.Length);
        Check.That(!text.Overflow && !head.Overflow);

        int bodyAt = HeadRoom;
        int bodyBytes = response.IsHead ? 0 : text.Length;
        if (response.Reject == HttpReject.None) Load(response, remembered, out bodyAt, out bodyBytes);
        head.Written.CopyTo(_scratch.AsSpan(bodyAt - head.Length));
        ReadOnlySpan<byte> flight = _scratch.AsSpan(bodyAt - head.Length, head.Length + bodyBytes);
        int unrepeatable = response.Reject != HttpReject.None ? flight.Length : head.Length;
        return SendFlight(connection, socket, file, flight, unrepeatable, ref budget);
    }

    /// <summary>Goes on with an answer whose socket can take more.</summary>
    public HttpProgress Continue(HttpConnection connection, int socket, int file, ref long budget)
    {
        if (connection.Outbox >= 0 && Flush(connection, socket) is not HttpProgress.Done and HttpProgress held) return held;
        while (true)
        {
            if (!connection.Unsent.IsEmpty)
            {
                bool more = !connection.IsCorked && (connection.BodyRemaining > 0 || connection.PartsLeft > 0);
                SysResult sent = kernel.Send(socket, connection.Unsent, more);
                if (sent.IsError) return sent.WouldBlock ? HttpProgress.Waiting : HttpProgress.PeerGone;
                connection.OnUnsentSent(sent.Count);
                budget -= sent.Count;
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

            if (connection.PartsLeft == 0) break;
            BeginPart(connection);
        }

        if (connection.IsCorked) _ = kernel.Cork(socket, isOn: false);
        connection.IsCorked = false;
        return HttpProgress.Done;
    }

    private static HttpProgress ProgressFor(SysResult failed)
    {
        if (failed.WouldBlock) return HttpProgress.Waiting;
        return failed.IsPeerGone ? HttpProgress.PeerGone : HttpProgress.Broken;
    }

    /// <summary>Puts into the scratch what goes along with the head: a document, a small file, or nothing.</summary>
    private void Load(in HttpResponse response, int remembered, out int bodyAt, out int bodyBytes)
    {
        bodyAt = HeadRoom;
        bodyBytes = 0;
        if (response.ContentBytes == 0 || response.Parts > 0) return;
        if (response.Content.File is null)
        {
            Render(response);
            bodyAt = HeadRoom + (int)response.BodyStart;
            bodyBytes = (int)response.ContentBytes;
        }
        else if (remembered >= 0)
        {
            bodyBytes = (int)response.ContentBytes;
            memory.BodyOf(remembered).Slice((int)response.BodyStart, bodyBytes).CopyTo(_scratch.AsSpan(HeadRoom));
        }
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
        bool isWhole = connection.BodyRemaining == bodyBytes && connection.PartsLeft == 0;
        if (isWhole && TryGather(connection, flight))
        {
            connection.OnBodySent(bodyBytes);
            budget -= flight.Length;
            bool isLast = !connection.HasMore || !connection.Response.Persists;
            return isLast ? Flush(connection, socket) : HttpProgress.Done;
        }

        if (connection.Outbox >= 0 && Flush(connection, socket) is not HttpProgress.Done and HttpProgress held)
        {
            connection.KeepUnsent(flight[..unrepeatable]);
            return held;
        }

        if (!isWhole && connection.Response.ContentBytes >= CorkBytes)
        {
            connection.IsCorked = !kernel.Cork(socket, isOn: true).IsError;
        }

        SysResult sent = kernel.Send(socket, flight, more: !isWhole && !connection.IsCorked);
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
        return isWhole ? HttpProgress.Done : Continue(connection, socket, file, ref budget);
    }

    /// <summary>
    /// Puts an answer behind those that wait, or at their beginning when another request has come already.
    /// </summary>
    private bool TryGather(HttpConnection connection, ReadOnlySpan<byte> flight)
    {
        int box = connection.Outbox;
        int at = connection.GatheredEnd;
        if (box < 0)
        {
            if (!connection.HasMore || !connection.Response.Persists || flight.Length > HttpOutboxes.Bytes / 2) return false;
            if (!outboxes.TryTake(out box)) return false;
            at = 0;
        }

        if (flight.Length > HttpOutboxes.Bytes - at) return false;
        flight.CopyTo(outboxes[box][at..]);
        connection.OnGathered(box, flight.Length);
        return true;
    }

    private HttpProgress Flush(HttpConnection connection, int socket)
    {
        int box = connection.Outbox;
        SysResult sent = kernel.Send(socket, outboxes[box][connection.Gathered], more: false);
        if (sent.IsError) return sent.WouldBlock ? HttpProgress.Waiting : HttpProgress.PeerGone;
        if (!connection.OnGatheredSent(sent.Count)) return HttpProgress.Waiting;
        outboxes.Release(box);
        return HttpProgress.Done;
    }

    /// <summary>
    /// Writes what stands before the next of several ranges. They are read again from the request, which stays in its
    /// buffer until it is answered.
    /// </summary>
    private static void BeginPart(HttpConnection connection)
    {
        Content content = connection.Response.Content;
        Span<byte> room = stackalloc byte[HttpMultipart.PartHeadBytesMax];
        WireWriter head = new(room);
        if (connection.PartsLeft == 1)
        {
            connection.BeginPart(0, 0);
            HttpMultipart.WriteEnd(ref head, content);
        }
        else
        {
            Span<HttpRange> ranges = stackalloc HttpRange[HttpRange.CountMax];
            _ = HttpRange.Parse(connection.RangeText, content.Length, ranges, out int count);
            Check.That(count == connection.Response.Parts);
            HttpRange range = ranges[count + 1 - connection.PartsLeft];
            connection.BeginPart(range.Start, range.Length);
            HttpMultipart.WritePartHead(ref head, content, range);
        }

        connection.KeepUnsent(head.Written);
    }

    private SysResult SendDocument(HttpConnection connection, int socket, int count)
    {
        Render(connection.Response);
        return kernel.Send(socket, _scratch.AsSpan(HeadRoom + (int)connection.BodyOffset, count), more: false);
    }

    /// <summary>
    /// A document's bytes are a pure function of the plan behind it, a list's of the tree: they are the same as when it was
    /// found.
    /// </summary>
    private void Render(in HttpResponse response)
    {
        Span<byte> room = _scratch.AsSpan(HeadRoom);
        int rendered = response.Folder.IsThere
            ? HttpListing.Write(response.Folder, room)
            : BootPlanner.Render(response.Content.Document, room);
        Check.That(rendered == response.Content.Length);
    }
}
