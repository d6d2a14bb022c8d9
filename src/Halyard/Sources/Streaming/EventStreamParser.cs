using System.Runtime.InteropServices;

namespace Halyard;

/// <summary>Takes one complete event of a stream. The spans are good for the call alone.</summary>
internal delegate void ServerEventHandler(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data);

/// <summary>
/// Frames server-sent events (WHATWG HTML, 9.2) out of bytes that arrive in any pieces. Only an event's data is
/// collected, straight from the socket's buffer into memory outside the managed heap, which a large event gives back at
/// its end: a full transfer of 12 MB leaves nothing behind, where a parser with pooled arrays keeps 32 MB for the life
/// of the connection. An exception of the handler passes through and ends the parser's use. Not thread-safe.
/// </summary>
internal sealed class EventStreamParser(ServerEventHandler onEvent) : IDisposable
{
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

    private enum Field : byte
    {
        Undecided,
        Data,
        Event,
        Ignored,
    }

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

    public void Dispose()
    {
        _data.Dispose();
        _eventName.Dispose();
    }

    /// <summary>Takes a part of a line.</summary>
    private void TakePart(ReadOnlySpan<byte> part)
    {
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
                _field = Field.Ignored;
            }

            part = part[1..];
        }

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

        (_field == Field.Data ? _data : _eventName).Append(part);
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
            }
        }

        _field = Field.Undecided;
        _fieldNameLength = 0;
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
                _data.Append("\n"u8);
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
            // Comments, ids, retry hints (the delays here are the client's own) and what is yet to come.
            _field = Field.Ignored;
        }
    }

    private ReadOnlySpan<byte> FieldName()
    {
        var name = _fieldName.AsSpan(0, _fieldNameLength);
        return _firstLine && name.StartsWith("\uFEFF"u8) ? name[3..] : name;
    }

    private void EndEvent()
    {
        if (_hasData)
        {
            onEvent(_eventName.Length == 0 ? "message"u8 : _eventName.Content, _data.Content);
        }

        _hasData = false;
        _data.Clear();
        _eventName.Clear();
    }

    /// <summary>Bytes outside the managed heap, which grow in place where the system can.</summary>
    private sealed unsafe class NativeBuffer : IDisposable
    {
        private const int FirstSize = 4 * 1024;

        /// <summary>What is kept from one event to the next.</summary>
        private const int KeptSize = 64 * 1024;

        private byte* _bytes;
        private int _capacity;

        ~NativeBuffer() => Free();

        public int Length { get; private set; }

        public ReadOnlySpan<byte> Content => new(_bytes, Length);

        public void Append(ReadOnlySpan<byte> more)
        {
            var needed = (long)Length + more.Length;
            if (needed > _capacity)
            {
                if (needed > Array.MaxLength)
                {
                    throw new InvalidDataException($"an event of the stream is longer than {Array.MaxLength} bytes");
                }

                var capacity = (int)Math.Min(Array.MaxLength, Math.Max(Math.Max(needed, _capacity * 2L), FirstSize));
                _bytes = (byte*)NativeMemory.Realloc(_bytes, (nuint)capacity);
                _capacity = capacity;
            }

            more.CopyTo(new Span<byte>(_bytes + Length, more.Length));
            Length = (int)needed;
        }

        public void Clear()
        {
            Length = 0;
            if (_capacity > KeptSize)
            {
                Free();
            }
        }

        public void Dispose()
        {
            Free();
            GC.SuppressFinalize(this);
        }

        private void Free()
        {
            NativeMemory.Free(_bytes);
            _bytes = null;
            (_capacity, Length) = (0, 0);
        }
    }
}
