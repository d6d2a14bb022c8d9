using Halyard.Configuration;

namespace Halyard;

/// <summary>
/// Flag data from files: <c>{"flags":{key:flag},"flagValues":{key:value},"segments":{key:segment}}</c> in JSON, or
/// another format by way of <see cref="Formats"/>. Every section may be left out; a flag value is the short form of a flag that is on
/// and serves that one value. The files are merged into one data set: an error in any of them keeps the last good data of
/// all of them. Comments and trailing commas are accepted.
/// </summary>
public sealed class FileSourceOptions : SourceOptions
{
    /// <summary>The files, in order; relative paths are made absolute at the start.</summary>
    public IList<string> Paths { get; } = [];

    /// <summary>What to do when a key is defined twice. Default: fail.</summary>
    public DuplicateKeys DuplicateKeys { get; set; }

    /// <summary>Whether the files are watched and loaded again when they change. Default: true.</summary>
    public bool Reload { get; set; } = true;

    /// <summary>
    /// How long the files must be quiet after a change before they are loaded again, so that the several steps of an
    /// editor's save count as one; changes without end are loaded after ten times this long. Default: 200 milliseconds.
    /// </summary>
    public TimeSpan Debounce { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// How often the files are looked at beside watching, for what file system events do not tell: swapped symbolic links
    /// (mounted configuration maps) and network mounts. Default: 2 seconds. Zero turns it off, except while the files
    /// cannot be watched.
    /// </summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Formats beside JSON; the first that knows a file's name reads it. The package Halyard.Yaml adds YAML.</summary>
    public IList<IFlagFileFormat> Formats { get; } = [];

    internal override void Validate(ClientOptions options)
    {
        if (Paths.Count == 0)
        {
            throw new ArgumentException("The file source needs at least one path.", nameof(options));
        }

        foreach (var path in Paths)
        {
            if (string.IsNullOrWhiteSpace(path))
            {
                throw new ArgumentException("The file source has an empty path.", nameof(options));
            }

            if (Directory.Exists(path))
            {
                throw new ArgumentException(FlagFileProblems.IsDirectory(path), nameof(options));
            }

            if (FlagFileProblems.MissingFormat(path, Formats) is { } missing)
            {
                throw new ArgumentException(missing, nameof(options));
            }
        }

        // Timers count in milliseconds of an unsigned int; a day is more than anyone means.
        if (Debounce < TimeSpan.Zero || Debounce > TimeSpan.FromHours(1))
        {
            throw new ArgumentException($"The file source's {nameof(Debounce)} must be between zero and one hour, not {Debounce}.", nameof(options));
        }

        if (PollInterval != TimeSpan.Zero && (PollInterval < HttpOptionsValidation.ShortestSpan || PollInterval > TimeSpan.FromDays(1)))
        {
            throw new ArgumentException(
                $"The file source's {nameof(PollInterval)} must be zero, or between 1 millisecond and one day, not {PollInterval}.", nameof(options));
        }
    }
}
