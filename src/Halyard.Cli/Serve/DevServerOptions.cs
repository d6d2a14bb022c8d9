using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.Cli;

/// <summary>What a <see cref="DevServer"/> is made from.</summary>
internal sealed record DevServerOptions
{
    public const int DefaultHistoryLimit = 1000;

    /// <summary>The environments that are served; when empty, one is, made from the options of the same names here.</summary>
    public IReadOnlyList<EnvironmentOptions> Environments { get; init; } = [];

    /// <inheritdoc cref="EnvironmentOptions.Files"/>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>The address to listen at: an IP address, <c>localhost</c>, or <c>*</c> for all.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>Whether an address that other machines can reach may be listened at; that needs SDK keys too.</summary>
    public bool AllowRemote { get; init; }

    /// <summary>The port; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <inheritdoc cref="EnvironmentOptions.SdkKey"/>
    public string? SdkKey { get; init; }

    /// <inheritdoc cref="EnvironmentOptions.ClientSideId"/>
    public string? ClientSideId { get; init; }

    /// <inheritdoc cref="EnvironmentOptions.MobileKey"/>
    public string? MobileKey { get; init; }

    /// <inheritdoc cref="EnvironmentOptions.SecureMode"/>
    public bool SecureMode { get; init; }

    /// <summary>The key of the API and the page; null asks for the first environment's SDK key, if there is one.</summary>
    public string? ApiKey { get; init; }

    /// <summary>The file that keeps overrides and versions over restarts; null keeps them in memory.</summary>
    public string? StatePath { get; init; }

    /// <summary>Whether changes made over the API are written to the files.</summary>
    public bool WriteBack { get; init; }

    /// <summary>How many changes a stream may be behind before it is cut.</summary>
    public int StreamQueueLimit { get; init; } = 1024;

    /// <summary>How many revisions back an FDv2 client may be and still get changes alone.</summary>
    public int HistoryLimit { get; init; } = DefaultHistoryLimit;

    /// <inheritdoc cref="EnvironmentOptions.EnvironmentId"/>
    public string? EnvironmentId { get; init; } = "development";

    /// <summary>Says nothing: the key is nobody's business.</summary>
    public override string ToString() => nameof(DevServerOptions);

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}
