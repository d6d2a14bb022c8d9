using System.Text.Json;
using Halyard.DataInterfaces;
using Halyard.DataModel.Json.Tokens;

namespace Halyard.DataSystems.Sources.Fdv2;

/// <summary>
/// Reads a polled body of FDv2, <c>{"events":[{"event":name,"data":{...}}, ...]}</c>, in one pass.
/// </summary>
internal static class PayloadBody
{
    /// <summary>Takes an event; what it returns, if anything, ends the reading.</summary>
    internal delegate SourceFailure? Acceptor(in PayloadEvent what);

    /// <summary>Hands over one event after the other.</summary>
    /// <returns>What the acceptor ended the reading with; null when it took all.</returns>
    /// <exception cref="MalformedDataException">The body is not JSON or of the wrong shape; the events before the fault were handed over.</exception>
    public static SourceFailure? Read(ReadOnlySpan<byte> body, Acceptor accept)
    {
        var at = -1;
        try
        {
            return Read(body, accept, ref at);
        }
        catch (MalformedDataException e)
        {
            throw at < 0 ? e : new MalformedDataException(
                $"events[{at}]: {e.Message}", e.Path.Length == 0 ? $"events[{at}].data" : $"events[{at}].data.{e.Path}", e);
        }
        catch (JsonException e)
        {
            throw new MalformedDataException($"The body is not valid JSON: {e.Message}", "", e);
        }
        catch (InvalidOperationException e) when (e is not ObjectDisposedException)
        {
            // What the JSON reader throws for text that is not valid UTF-8.
            throw new MalformedDataException($"The body has text that cannot be read: {e.Message}", "", e);
        }
    }

    private static SourceFailure? Read(ReadOnlySpan<byte> body, Acceptor accept, ref int at)
    {
        var reader = new JsonCursor(body);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new MalformedDataException("The body is not a JSON object.", "");
        }

        var hasEvents = false;
        while (EnvelopeReader.NextProperty(ref reader))
        {
            if (!reader.ValueTextEquals("events"u8))
            {
                EnvelopeReader.SkipValue(ref reader);
                continue;
            }

            reader.Read();
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                throw new MalformedDataException("The body's 'events' is not an array.", "events");
            }

            hasEvents = true;
            for (reader.Read(); reader.TokenType != JsonTokenType.EndArray; reader.Read())
            {
                at++;
                var what = ReadEvent(ref reader);
                if (accept(what) is { } end)
                {
                    return end;
                }
            }

            at = -1;
        }

        EnvelopeReader.ExpectEnd(ref reader);
        return hasEvents ? null : throw new MalformedDataException("The body has no 'events'.", "events");
    }

    private static PayloadEvent ReadEvent(ref JsonCursor reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new MalformedDataException("The event is not a JSON object.", "");
        }

        string? name = null;
        PayloadEvent? what = null;
        JsonCursor later = default;
        var isLater = false;
        while (EnvelopeReader.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("event"u8))
            {
                reader.Read();
                name = reader.TokenType == JsonTokenType.String
                    ? PayloadEventReader.NameAt(ref reader)
                    : throw new MalformedDataException("The event's name is not a string.", "");
            }
            else if (reader.ValueTextEquals("data"u8))
            {
                reader.Read();
                if (name is not null)
                {
                    what = PayloadEventReader.Read(name, ref reader);
                    isLater = false;
                }
                else
                {
                    // The name, which tells how to read the data, may follow.
                    later = reader;
                    isLater = true;
                    reader.Skip();
                }
            }
            else
            {
                EnvelopeReader.SkipValue(ref reader);
            }
        }

        if (name is null)
        {
            throw new MalformedDataException("The event has no name.", "");
        }

        if (isLater)
        {
            what = PayloadEventReader.Read(name, ref later);
        }

        return what ?? (name.Length == 0 ? default : throw EnvelopeReader.Missing(name, "data"));
    }
}
