using System.Text.Json;
using Halyard.DataModel.Json.Reading;
using Halyard.DataModel.Json.Tokens;
using Halyard.Model;
using static Halyard.DataSystems.Sources.EnvelopeReader;

namespace Halyard.DataSystems.Sources.Streaming;

/// <summary>
/// Reads a large <c>put</c> while it arrives, item by item, with the outcome of <see cref="WholeEventReader"/>.
/// <para>
/// An item is read when so much text (the margin) lies behind its start that it is very likely complete. If it is not,
/// the reading fails like that of a faulty item; so a failure means nothing before the event's end, and the item is read
/// again when four times as much text is there. Nothing is handed over before the end either.
/// </para>
/// <para>
/// Between two calls it remembers the object in which it stopped (<see cref="Level"/>); each step reads one member of
/// that object. One instance serves one event. Not thread-safe.
/// </para>
/// </summary>
internal sealed class PutReader
{
    /// <summary>The usual margin in bytes: few items are longer, and twice as much fits into a processor's nearest caches.</summary>
    public const int UsualMargin = 32 * 1024;

    private const int MarginGrowth = 4;

    private readonly ReadScratch _scratch = ReadScratch.Rent();
    private ItemDescriptor<Flag>[]? _flags;
    private ItemDescriptor<Segment>[] _segments = [];
    private DataSet? _dataSet;
    private MalformedDataException? _fault;
    private string? _path;
    private bool _pathSeen;
    private Level _level;
    private bool _behindMember;
    private int _at;
    private int _margin;

    /// <param name="margin">How much text must lie behind the start of an item at first, in bytes.</param>
    public PutReader(int margin) => _margin = margin;

    /// <summary>The innermost object in which the reader stands; <see cref="Depth"/> says how many objects are open.</summary>
    private enum Level : byte
    {
        Start,
        Envelope,
        DataSet,
        Flags,
        Segments,
        End,
    }

    private int Depth => _level switch
    {
        Level.Start or Level.End => 0,
        Level.Envelope => 1,
        Level.DataSet => 2,
        _ => 3,
    };

    /// <summary>How much text must be there before a part is worth reading, in bytes.</summary>
    public static int Wanted(int margin) => 2 * margin;

    /// <summary>Reads the items of which enough is there; see <see cref="IPartialReader.Take"/>.</summary>
    public int Take(ReadOnlySpan<byte> data, out int wanted)
    {
        _at = 0;
        try
        {
            ReadMembers(data, _margin);
        }
        catch (Exception e) when (e is MalformedDataException || JsonFault.IsFault(e) || Fault(e, "put") is not null)
        {
            _scratch.DropItem();
            _margin = (int)Math.Min((long)_margin * MarginGrowth, Array.MaxLength / 2);
        }

        // Behind the end, any more text makes the event faulty: Finish sees to that.
        wanted = _level == Level.End ? int.MaxValue : Wanted(_margin);
        return _at;
    }

    /// <summary>Reads the rest of the event.</summary>
    /// <exception cref="MalformedDataException">The event is not JSON, or has the wrong shape.</exception>
    public StreamEvent Finish(ReadOnlySpan<byte> rest)
    {
        _at = 0;
        try
        {
            while (!TryReadMembers(rest))
            {
            }

            var reader = new JsonCursor(rest, _at, depth: 0, behindMember: true);
            ExpectEnd(ref reader);
        }
        catch (Exception e) when (Fault(e, "put") is { } fault)
        {
            throw fault;
        }

        _scratch.Return();
        return !StreamPath.IsRoot(_path) ? default
            : _fault is not null ? throw _fault
            : new(_dataSet ?? throw Missing("put", "data"), null);
    }

    // Reads to the end; false when data of the wrong shape was skipped, and there may be more to read behind it.
    private bool TryReadMembers(ReadOnlySpan<byte> rest)
    {
        try
        {
            ReadMembers(rest, margin: 0);
            return true;
        }
        catch (Exception fault) when (JsonFault.IsFault(fault) && Root is { } root && (_pathSeen || fault is JsonFault))
        {
            var reader = new JsonCursor(rest, _at, Depth, _behindMember);
            var located = JsonFault.Located(fault, reader, root, inside: Depth - 1);
            if (_pathSeen)
            {
                throw located;
            }

            // Only the path, which may follow, tells whether the data is a data set: the fault counts if it is.
            SkipData(ref reader, located);
            return false;
        }
    }

    // The path of the object in which the reader stands, for faults inside the data; null outside the data.
    private string? Root => _level switch
    {
        Level.DataSet => "data",
        Level.Flags => "data.flags",
        Level.Segments => "data.segments",
        _ => null,
    };

    private void SkipData(ref JsonCursor reader, MalformedDataException fault)
    {
        do
        {
            reader.Read();
        }
        while (reader.CurrentDepth > 1);

        _scratch.DropItem();
        _scratch.FlagItems.Drop(0);
        _scratch.SegmentItems.Drop(0);
        _scratch.Malformed.Forget();
        (_fault, _dataSet) = (fault, null);
        MoveTo(ref reader, Level.Envelope);
    }

    private void ReadMembers(ReadOnlySpan<byte> data, int margin)
    {
        var reader = new JsonCursor(data, _at, Depth, _behindMember);
        while (_level != Level.End && data.Length - _at >= margin)
        {
            MoveTo(ref reader, _level switch
            {
                Level.Start => Begin(ref reader),
                Level.Envelope => ReadEnvelope(ref reader),
                Level.DataSet => ReadDataSet(ref reader),
                Level.Flags => ReadFlag(ref reader),
                _ => ReadSegment(ref reader),
            });
        }
    }

    private void MoveTo(ref JsonCursor reader, Level level)
    {
        (_level, _at) = (level, reader.Position);
        _behindMember = reader.TokenType != JsonTokenType.StartObject;
    }

    private static Level Begin(ref JsonCursor reader)
    {
        reader.Read();
        ExpectObject(ref reader, "put");
        return Level.Envelope;
    }

    private Level ReadEnvelope(ref JsonCursor reader)
    {
        if (!NextProperty(ref reader))
        {
            return Level.End;
        }

        if (reader.ValueTextEquals("path"u8))
        {
            _path = ReadString(ref reader, "put", "path");
            _pathSeen = true;
        }
        else if (reader.ValueTextEquals("data"u8))
        {
            return BeginData(ref reader);
        }
        else
        {
            SkipValue(ref reader);
        }

        return Level.Envelope;
    }

    private Level BeginData(ref JsonCursor reader)
    {
        reader.Read();
        if (_pathSeen && !StreamPath.IsRoot(_path))
        {
            reader.Skip();
            return Level.Envelope;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            var fault = JsonFault.Located(JsonFault.Expected(ref reader, "an object"), reader, "data");
            if (_pathSeen)
            {
                throw fault;
            }

            reader.Skip();
            (_fault, _dataSet) = (fault, null);
            return Level.Envelope;
        }

        (_flags, _segments) = (null, []);
        return Level.DataSet;
    }

    private Level ReadDataSet(ref JsonCursor reader)
    {
        if (!JsonWalk.NextMember(ref reader))
        {
            _dataSet = ModelReader.DataSetOf(_flags ?? throw ModelReader.NoFlags(ref reader), _segments, _scratch);
            _fault = null;
            return Level.Envelope;
        }

        var name = _scratch.Text(ref reader);
        if (name.SequenceEqual("flags"u8))
        {
            _flags = null;
            _scratch.Malformed.Forget(DataKind.Flag);
            return BeginItems(ref reader, Level.Flags);
        }

        if (name.SequenceEqual("segments"u8))
        {
            _segments = [];
            _scratch.Malformed.Forget(DataKind.Segment);
            return BeginItems(ref reader, Level.Segments);
        }

        JsonWalk.SkipMember(ref reader);
        return Level.DataSet;
    }

    private static Level BeginItems(ref JsonCursor reader, Level level)
    {
        if (!JsonWalk.NextValue(ref reader))
        {
            return Level.DataSet;
        }

        JsonWalk.ExpectObject(ref reader);
        return level;
    }

    private Level ReadFlag(ref JsonCursor reader)
    {
        if (ModelReader.NextFlag(ref reader, _scratch))
        {
            return Level.Flags;
        }

        _flags = ModelReader.TakeItems(_scratch, _scratch.FlagItems);
        return Level.DataSet;
    }

    private Level ReadSegment(ref JsonCursor reader)
    {
        if (ModelReader.NextSegment(ref reader, _scratch))
        {
            return Level.Segments;
        }

        _segments = ModelReader.TakeItems(_scratch, _scratch.SegmentItems);
        return Level.DataSet;
    }
}
