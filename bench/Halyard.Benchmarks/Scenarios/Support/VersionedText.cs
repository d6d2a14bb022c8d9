using System.Buffers.Text;
using System.Text;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>
/// A text whose version is written in place, so that a stream of updates with rising versions allocates nothing but
/// what reading them does. Not thread-safe.
/// </summary>
internal sealed class VersionedText
{
    /// <summary>The lowest version: all have as many digits.</summary>
    public const long First = 1_000_000_000;

    /// <summary>Stands in the text where the version is to be.</summary>
    public const string Mark = "@VERSION@";

    /// <summary>How many digits a version has.</summary>
    public const int Digits = 10;

    private readonly byte[] _bytes;
    private readonly List<int> _places = [];

    public VersionedText(string text)
    {
        _bytes = Encoding.UTF8.GetBytes(text.Replace(Mark, new string('0', Digits), StringComparison.Ordinal));
        var parts = text.Split(Mark);
        var at = 0;
        foreach (var part in parts[..^1])
        {
            at += Encoding.UTF8.GetByteCount(part);
            _places.Add(at);
            at += Digits;
        }
    }

    public int Length => _bytes.Length;

    /// <summary>The text at a version; good until the next call.</summary>
    public ReadOnlySpan<byte> At(long version)
    {
        foreach (var place in _places)
        {
            if (!Utf8Formatter.TryFormat(version, _bytes.AsSpan(place, Digits), out var written) || written != Digits)
            {
                throw new ArgumentOutOfRangeException(nameof(version), version, "A version has ten digits.");
            }
        }

        return _bytes;
    }

    /// <summary>Writes texts in turn, one after the other, each with a version of its own: the given one and those that follow it.</summary>
    /// <returns>The last version.</returns>
    public static long Fill(Span<byte> all, VersionedText[] texts, int count, long firstVersion)
    {
        for (var i = 0; i < count; i++)
        {
            var text = texts[i % texts.Length].At(firstVersion + i);
            text.CopyTo(all);
            all = all[text.Length..];
        }

        return firstVersion + count - 1;
    }
}
