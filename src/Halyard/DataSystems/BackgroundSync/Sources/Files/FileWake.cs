namespace Halyard.DataSystems.Sources.Files;

/// <summary>What woke the file source.</summary>
[Flags]
internal enum FileWake
{
    None = 0,

    /// <summary>It is time to look at the files from outside.</summary>
    Poll = 1,

    /// <summary>Nothing more has happened for the debounce time after a change.</summary>
    Due = 2,

    /// <summary>With <see cref="Due"/>: one of the files themselves was named in an event, so it is to be read whatever it looks like.</summary>
    Named = 4,

    /// <summary>A watcher failed or lost events.</summary>
    WatcherFailed = 8,
}
