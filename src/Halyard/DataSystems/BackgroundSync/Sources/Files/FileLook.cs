namespace Halyard.DataSystems.Sources.Files;

/// <summary>What the files were like when they were last read, and whether they are different now. For one thread.</summary>
internal sealed class FileLook(string[] paths, TimeProvider time)
{
    // Some file systems keep times in whole seconds: a file written this shortly before it was read may be written again
    // without a new time.
    private static readonly TimeSpan ClockGrain = TimeSpan.FromSeconds(2);

    // After so many reads in a row during which the files changed, what was read is taken as it is.
    private const int MaxTornReads = 5;

    private FileStamp[] _stamps = [];
    private UInt128[] _fingerprints = [];
    private bool _recent;
    private int _tornReads;

    /// <summary>The files as they were when they were last read.</summary>
    public IReadOnlyList<FileStamp> Stamps => _stamps;

    /// <summary>Whether a file could not be read.</summary>
    public bool IsMissing { get; private set; }

    /// <summary>The files as they are.</summary>
    public FileStamp[] TakeStamps() => Array.ConvertAll(paths, FileStamp.Of);

    /// <summary>Whether the files look different from when they were last read.</summary>
    public bool IsOther(FileStamp[] stamps) => !stamps.AsSpan().SequenceEqual(_stamps);

    /// <summary>Whether the files look different, or may be so without looking so.</summary>
    public bool MayBeOther(FileStamp[] stamps) => _recent || IsOther(stamps);

    /// <summary>Whether the files changed while they were read: then it is better to wait for the writer than to judge half of its text.</summary>
    /// <param name="stamps">The files as they were before they were read.</param>
    public bool IsTorn(FileStamp[] stamps)
    {
        if (_tornReads >= MaxTornReads || stamps.AsSpan().SequenceEqual(TakeStamps()))
        {
            return false;
        }

        _tornReads++;
        return true;
    }

    /// <summary>Notes what was read; false when the text is the same as the last time.</summary>
    /// <param name="stamps">The files as they were before they were read.</param>
    /// <param name="texts">What was read.</param>
    public bool Note(FileStamp[] stamps, FlagFileText[] texts)
    {
        _tornReads = 0;
        _stamps = stamps;
        IsMissing = texts.Any(text => text.Error is not null);
        var now = time.GetUtcNow().UtcDateTime;
        _recent = stamps.Any(stamp => stamp.Length >= 0 && now - stamp.Modified < ClockGrain);

        var fingerprints = Array.ConvertAll(texts, text => text.Fingerprint);
        if (fingerprints.AsSpan().SequenceEqual(_fingerprints))
        {
            return false;
        }

        _fingerprints = fingerprints;
        return true;
    }

    /// <summary>Forgets the files, so that they look different at the next look.</summary>
    public void Forget()
    {
        _stamps = [];
        _fingerprints = [];
    }
}
