namespace Halyard.Cli;

/// <summary>Carries the data of a source into a repository, and goes on while the server runs.</summary>
internal interface ISourceFeed : IAsyncDisposable
{
    /// <summary>What the data comes from, for people; holds no secret.</summary>
    string Name { get; }

    /// <summary>Why what is served is not what the source says now, or not all of it; null when it is.</summary>
    string? Error { get; }

    /// <summary>Loads the data, or waits for it as long as the source's options say, and goes on following it.</summary>
    /// <exception cref="CliException">The source cannot work.</exception>
    Task StartAsync(CancellationToken cancellationToken);
}
