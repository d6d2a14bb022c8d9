using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.Cli;

/// <summary>What a <see cref="DevServer"/> is made from.</summary>
internal sealed record DevServerOptions
{
    public const int DefaultHistoryLimit = 1000;

    /// <summary>Flag files, JSON or YAML; merged, and followed as they are edited. None starts empty.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>The address to listen at: an IP address, <c>localhost</c>, or <c>*</c> for all.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>The port; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>The only key let in; null lets any non-empty one in.</summary>
    public string? SdkKey { get; init; }

    /// <summary>Whether changes made over the API are written to the files.</summary>
    public bool WriteBack { get; init; }

    /// <summary>How many changes a stream may be behind before it is cut.</summary>
    public int StreamQueueLimit { get; init; } = 1024;

    /// <summary>How many revisions back an FDv2 client may be and still get changes alone.</summary>
    public int HistoryLimit { get; init; } = DefaultHistoryLimit;

    /// <summary>What is given as the environment's id in each answer to an SDK; null gives none.</summary>
    public string? EnvironmentId { get; init; } = "development";

    /// <summary>Says nothing: the key is nobody's business.</summary>
    public override string ToString() => nameof(DevServerOptions);

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}
