using System.Text;
using Halyard.DataModel.Json.Tokens;
using Halyard.Model;

namespace Halyard.DataModel.Json.Reading;

/// <summary>
/// What one read works with, and no result refers to: the string pool and the buffers of arrays under construction.
/// Some are kept between reads, so that a small patch shares strings with the data before it and
/// allocates little but its own items. Not thread-safe; each read rents its own.
/// </summary>
internal sealed class ReadScratch
{
    private const int FirstTextLength = 256;
    private const int KeptTextLength = 64 * 1024;

    private const int MostSpares = 16;

    // One for each processor, as that many may read at once. Whoever reads alone always has the first, and so all that it remembers.
    private static readonly ReadScratch?[] Spares = new ReadScratch?[Math.Clamp(Environment.ProcessorCount, 2, MostSpares)];

    [ThreadStatic]
    private static long _bytesOfScratch;

    private readonly ReadBuffer<int> _keyEnds = new();
    private char[] _keyText = new char[FirstTextLength];
    private byte[] _unescaped = new byte[FirstTextLength];

    public StringPool Strings { get; } = new();

    public SharedParts Shared { get; } = new();

    public ReadBuffer<ItemDescriptor<Flag>> FlagItems { get; } = new();

    public ReadBuffer<ItemDescriptor<Segment>> SegmentItems { get; } = new();

    /// <summary>The items of a data set that could not be understood.</summary>
    public MalformedItems Malformed { get; } = new();

    /// <summary>The texts of the flag that is being read, which stay UTF-8.</summary>
    public ReadBuffer<byte> Texts { get; } = new();

    public ReadBuffer<Rule> Rules { get; } = new();

    public ReadBuffer<Clause> Clauses { get; } = new();

    public ReadBuffer<Target> Targets { get; } = new();

    public ReadBuffer<Prerequisite> Prerequisites { get; } = new();

    public ReadBuffer<WeightedVariation> Shares { get; } = new();

    public ReadBuffer<SegmentRule> SegmentRules { get; } = new();

    public ReadBuffer<SegmentTarget> SegmentTargets { get; } = new();

    public ReadBuffer<Value> Values { get; } = new();

    public ReadBuffer<ObjectMember> Members { get; } = new();

    /// <summary>
    /// What this thread has allocated by now, without what it has made to work with: a limit on what is read must not hang on how many
    /// others read at the same moment.
    /// </summary>
    public static long AllocatedBytes => GC.GetAllocatedBytesForCurrentThread() - _bytesOfScratch;

    public static ReadScratch Rent()
    {
        foreach (ref var spare in Spares.AsSpan())
        {
            if (Interlocked.Exchange(ref spare, null) is { } scratch)
            {
                return scratch;
            }
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var made = new ReadScratch();
        _bytesOfScratch += GC.GetAllocatedBytesForCurrentThread() - before;
        return made;
    }

    /// <summary>
    /// Gives it back after a fault of the text, without what the read had gathered. A new one takes 50 KB, which each item of a
    /// data set that cannot be understood would cost. After any other exception it is left to the garbage collector.
    /// </summary>
    public void ReturnFaulty()
    {
        DropItem();
        FlagItems.Drop(0);
        SegmentItems.Drop(0);
        Malformed.Forget();
        Return();
    }

    /// <summary>Gives it back after a read that succeeded.</summary>
    public void Return()
    {
        Shared.Trim();
        FlagItems.Trim();
        SegmentItems.Trim();
        Texts.Trim();
        Rules.Trim();
        Clauses.Trim();
        Targets.Trim();
        Prerequisites.Trim();
        Shares.Trim();
        SegmentRules.Trim();
        SegmentTargets.Trim();
        Values.Trim();
        Members.Trim();
        _keyEnds.Trim();
        if (_keyText.Length > KeptTextLength)
        {
            _keyText = new char[FirstTextLength];
        }

        if (_unescaped.Length > KeptTextLength)
        {
            _unescaped = new byte[FirstTextLength];
        }

        foreach (ref var spare in Spares.AsSpan())
        {
            if (Interlocked.CompareExchange(ref spare, this, null) is null)
            {
                return;
            }
        }
    }

    /// <summary>Forgets the arrays of an item that turned out to be faulty.</summary>
    public void DropItem()
    {
        Texts.Drop(0);
        Rules.Drop(0);
        Clauses.Drop(0);
        Targets.Drop(0);
        Prerequisites.Drop(0);
        Shares.Drop(0);
        SegmentRules.Drop(0);
        SegmentTargets.Drop(0);
        _keyEnds.Drop(0);
        Values.Drop(0);
        Members.Drop(0);
    }

    /// <summary>The current string or property name as unescaped UTF-8; good until the next call.</summary>
    public ReadOnlySpan<byte> Text(ref JsonCursor reader) =>
        reader.ValueIsEscaped ? TextByCopy(ref reader) : reader.ValueSpan;

    /// <summary>The current string or property name, not pooled: for texts that hardly ever repeat.</summary>
    public string String(ref JsonCursor reader)
    {
        try
        {
            return Utf8Text.ToString(Text(ref reader));
        }
        catch (DecoderFallbackException)
        {
            throw NotUtf8(ref reader);
        }
    }

    /// <summary>The current string or property name, pooled.</summary>
    public string Pooled(ref JsonCursor reader)
    {
        try
        {
            return Strings.Get(Text(ref reader));
        }
        catch (DecoderFallbackException)
        {
            throw NotUtf8(ref reader);
        }
    }

    /// <summary>Adds the current string to the texts of the flag.</summary>
    public FlagText AddText(ref JsonCursor reader)
    {
        var text = Text(ref reader);
        if (!System.Text.Unicode.Utf8.IsValid(text))
        {
            throw NotUtf8(ref reader);
        }

        var added = new FlagText(Texts.Count, text.Length);
        Texts.AddAll(text);
        return added;
    }

    /// <summary>Adds the current string to the set of keys that is being read. Only one set is read at a time.</summary>
    public void AddKey(ref JsonCursor reader)
    {
        var utf8 = Text(ref reader);
        var start = _keyEnds.Count == 0 ? 0 : _keyEnds.Last;
        if (_keyText.Length - start < utf8.Length)
        {
            Array.Resize(ref _keyText, Math.Max(_keyText.Length * 2, start + utf8.Length));
        }

        try
        {
            _keyEnds.Add(start + Utf8Text.Decode(utf8, _keyText.AsSpan(start)));
        }
        catch (DecoderFallbackException)
        {
            throw NotUtf8(ref reader);
        }
    }

    /// <summary>The set of the keys added since the last.</summary>
    public KeySet TakeKeys()
    {
        if (_keyEnds.Count == 0)
        {
            return KeySet.Empty;
        }

        var text = new string(_keyText, 0, _keyEnds.Last);
        if (_keyEnds.Count == 1)
        {
            _keyEnds.Drop(0);
            return new KeySet([text]);
        }

        return new KeySet(text, _keyEnds.Take(0));
    }

    private ReadOnlySpan<byte> TextByCopy(ref JsonCursor reader)
    {
        var length = reader.ValueSpan.Length;
        if (_unescaped.Length < length)
        {
            _unescaped = new byte[length];
        }

        return _unescaped.AsSpan(0, reader.CopyString(_unescaped));
    }

    private static JsonFault NotUtf8(ref JsonCursor reader) =>
        JsonFault.At(ref reader, "the text is not valid UTF-8");
}
