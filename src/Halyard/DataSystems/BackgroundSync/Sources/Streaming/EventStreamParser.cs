using Halyard.Http;

namespace Halyard.DataSystems.Sources.Streaming;

/// <summary>
/// Frames server-sent events (WHATWG HTML, 9.2) out of bytes that arrive in any pieces. Only an event's data is
/// collected, straight from the socket's buffer into memory outside the managed heap, which a large event gives back at
/// its end: an event of 12 MB leaves nothing behind, where a parser with pooled arrays keeps 32 MB for the life of the
/// connection. A reader of parts gets the data while it arrives, and then little is collected. An
/// exception of the handler or the reader passes through and ends the parser's use. Not thread-safe.
/// </summary>
/// <param name="onEvent">Takes the events.</param>
/// <param name="parts">Reads data while it arrives; null when events are collected whole.</param>
/// <param name="mostBytes">The most data of one event, and the most of its other lines.</param>
internal sealed class EventStreamParser(ServerEventHandler onEvent, IPartialReader? parts = null, long mostBytes = long.MaxValue) : IDisposable
{
    /// <summary>What is kept of an event's name: no longer name has a meaning.</summary>
    private const int EventNameLimit = 1024;

    /// <summary>The longest field name of interest, after a byte order mark; one byte more tells a longer name.</summary>
    private const int NameLimit = 3 + 5 + 1;

    private readonly byte[] _fieldName = new byte[NameLimit];
    private readonly NativeBuffer _data = new();
    private readonly NativeBuffer _eventName = new();
    private int _fieldNameLength;
    private Field _field;
    private bool _firstLine = true;
    private bool _blankMayFollow;
    private bool _lineFeedMayFollow;
    private bool _hasData;
    private long _otherBytes;

    // The bytes of the line whose field is not known yet: they count when it is, so that the pieces in which they come do not.
    private int _undecidedBytes;

    // How much data there must be before a part of it is offered.
    private int _wanted = int.MaxValue;

    private enum Field : byte
    {
        Undecided,
        Data,
        Event,
        Comment,

        // A field without a meaning.
        Other,
    }

    /// <summary>The most data that has been held at once, in bytes.</summary>
    internal int MostHeld { get; private set; }

    /// <summary>How many events and empty lines have ended.</summary>
    public long Ended { get; private set; }

    /// <summary>How many bytes of events have come; comments are none.</summary>
    public long EventBytes { get; private set; }

    /// <summary>Whether an event has begun and not ended. A comment is none, nor is a line that has no meaning by itself.</summary>
    public bool IsUnderWay => _hasData || _eventName.Length > 0 || _field is Field.Data or Field.Event or Field.Other || _fieldNameLength > 0;

    /// <summary>Takes the next bytes and hands over the events that they complete.</summary>
    public void Push(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (_lineFeedMayFollow)
            {
                _lineFeedMayFollow = false;
                if (bytes[0] == '\n')
                {
                    bytes = bytes[1..];
                    continue;
                }
            }

            var end = bytes.IndexOfAny((byte)'\r', (byte)'\n');
            if (end < 0)
            {
                TakePart(bytes);
                return;
            }

            TakePart(bytes[..end]);
            _lineFeedMayFollow = bytes[end] == '\r';
            bytes = bytes[(end + 1)..];
            EndLine();
        }
    }

    /// <summary>Gives back what events before needed. Between events.</summary>
    public void Release()
    {
        _data.Release();
        _eventName.Release();
    }

    public void Dispose()
    {
        _data.Dispose();
        _eventName.Dispose();
    }

    /// <summary>Takes a part of a line.</summary>
    private void TakePart(ReadOnlySpan<byte> part)
    {
        var length = part.Length;
        while (_field == Field.Undecided && part.Length > 0)
        {
            if (part[0] == ':')
            {
                _blankMayFollow = true;
                Decide();
            }
            else if (_fieldNameLength < NameLimit)
            {
                _fieldName[_fieldNameLength++] = part[0];
            }
            else
            {
                _field = Field.Other;
            }

            part = part[1..];
        }

        Count(length);

        if (_field is not (Field.Data or Field.Event) || part.Length == 0)
        {
            return;
        }

        if (_blankMayFollow)
        {
            _blankMayFollow = false;
            if (part[0] == ' ')
            {
                part = part[1..];
            }
        }

        if (_field == Field.Event)
        {
            _eventName.Append(part[..Math.Min(part.Length, EventNameLimit - _eventName.Length)]);
        }
        else
        {
            AppendData(part);
        }
    }

    private void Count(int length)
    {
        if (_field == Field.Undecided)
        {
            _undecidedBytes += length;
            return;
        }

        length += _undecidedBytes;
        _undecidedBytes = 0;
        if (_field != Field.Comment)
        {
            EventBytes += length;
            _otherBytes += _field == Field.Data ? 0 : length;
            if (_otherBytes > mostBytes)
            {
                throw TooLong();
            }
        }
    }

    private void AppendData(ReadOnlySpan<byte> part)
    {
        if (_data.Dropped + _data.Length + part.Length > mostBytes)
        {
            throw TooLong();
        }

        while (part.Length > 0)
        {
            var taken = Math.Min(part.Length, _wanted - _data.Length);
            _data.Append(part[..taken]);
            part = part[taken..];
            MostHeld = Math.Max(MostHeld, _data.Length);
            if (_data.Length == _wanted)
            {
                _data.Drop(parts!.Take(_data.Content, out _wanted));
                _wanted = Math.Max(_wanted, _data.Length + 1);
            }
        }
    }

    private void EndLine()
    {
        if (_field == Field.Undecided)
        {
            if (FieldName().Length == 0)
            {
                EndEvent();
            }
            else
            {
                // A name without a colon is a field without a value.
                Decide();
                Count(0);
            }
        }

        if (_field == Field.Event && _hasData)
        {
            BeginData();
        }

        _field = Field.Undecided;
        _fieldNameLength = 0;
        _undecidedBytes = 0;
        _firstLine = false;
        _blankMayFollow = false;
    }

    private void Decide()
    {
        var name = FieldName();
        if (name.SequenceEqual("data"u8))
        {
            if (_hasData)
            {
                AppendData("\n"u8);
            }
            else
            {
                BeginData();
            }

            (_field, _hasData) = (Field.Data, true);
        }
        else if (name.SequenceEqual("event"u8))
        {
            _eventName.Clear();
            _field = Field.Event;
        }
        else
        {
            // Comments, ids, retry hints (the client has delays of its own) and fields that are not known.
            _field = name.IsEmpty ? Field.Comment : Field.Other;
        }
    }

    // Called again when a later line changes the event's name, because the last name counts.
    private void BeginData()
    {
        if (_data.Dropped > 0)
        {
            throw new InvalidDataException("an event of the stream gets its name after a part of its data has been read");
        }

        _wanted = parts is null ? int.MaxValue : Math.Max(parts.Begin(EventName()), _data.Length + 1);
    }

    private ReadOnlySpan<byte> EventName() => _eventName.Length == 0 ? "message"u8 : _eventName.Content;

    private ReadOnlySpan<byte> FieldName()
    {
        var name = _fieldName.AsSpan(0, _fieldNameLength);
        return _firstLine && name.StartsWith("\uFEFF"u8) ? name[3..] : name;
    }

    private void EndEvent()
    {
        if (_hasData)
        {
            onEvent(EventName(), _data.Content);
        }

        _hasData = false;
        _otherBytes = 0;
        Ended++;
        _data.Clear();
        _eventName.Clear();
    }

    private InvalidDataException TooLong() => new($"an event of the stream is longer than the limit of {mostBytes} bytes");
}
