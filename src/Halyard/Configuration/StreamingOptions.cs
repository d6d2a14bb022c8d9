using Halyard.Configuration;

namespace Halyard;

/// <summary>Streaming over server-sent events (<c>/all</c>; in FDv2 <c>/sdk/stream</c>).</summary>
public sealed class StreamingOptions : SourceOptions
{
    /// <summary>Which protocol is spoken. Default: FDv1.</summary>
    public ProtocolVersion Protocol { get; set; } = ProtocolVersion.Fdv1;

    /// <summary>The base address of this source alone. Default: that of <see cref="ServiceEndpoints.Streaming"/>.</summary>
    public Uri? BaseUri { get; set; }

    /// <summary>The first delay before a reconnect; it doubles up to <see cref="MaxReconnectDelay"/>, less a random part of up to half. Default: 1 second.</summary>
    public TimeSpan InitialReconnectDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest delay before a reconnect. Default: 30 seconds.</summary>
    public TimeSpan MaxReconnectDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection must be good before the delay starts over. Default: 60 seconds.</summary>
    public TimeSpan ReconnectDelayReset { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>After how long without a byte a stream counts as dead. Default: 5 minutes.</summary>
    public TimeSpan ReadTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The payload filter's key; an invalid one is logged and left out. Default: none.</summary>
    public string? PayloadFilter { get; set; }

    /// <summary>What an unexpected status leads to. Default: slow retries.</summary>
    public UnexpectedStatusPolicy UnexpectedStatus { get; set; }

    /// <summary>Whether a failure of TLS (an untrusted certificate) is retried slowly, as an unexpected status is, rather than as a passing fault. Default: true.</summary>
    public bool RetryTlsFailuresSlowly { get; set; } = true;

    /// <summary>
    /// The largest event that is read, in bytes, and the most that the items of an unfinished transfer of FDv2, or of an
    /// unfinished <c>put</c>, may take, as text or in memory; beyond it the data counts as invalid and the stream is opened
    /// again, after a delay that grows. Default: 256 MiB. At most 2,147,483,591.
    /// </summary>
    public long MaxEventBytes { get; set; } = 256L * 1024 * 1024;

    internal override void Validate(ClientOptions options)
    {
        HttpOptionsValidation.Check(options, BaseUri ?? options.Endpoints?.Streaming, BaseUri is null ? "Endpoints.Streaming" : "Streaming's BaseUri");
        CheckProtocol(Protocol, "Streaming");
        HttpOptionsValidation.CheckTimeout(InitialReconnectDelay, "Streaming's InitialReconnectDelay", mayBeInfinite: false);
        HttpOptionsValidation.CheckTimeout(MaxReconnectDelay, "Streaming's MaxReconnectDelay", mayBeInfinite: false);
        HttpOptionsValidation.CheckTimeout(ReconnectDelayReset, "Streaming's ReconnectDelayReset", mayBeInfinite: false);
        HttpOptionsValidation.CheckTimeout(ReadTimeout, "Streaming's ReadTimeout");
        if (MaxReconnectDelay < InitialReconnectDelay)
        {
            throw new ArgumentException(
                $"Streaming's MaxReconnectDelay ({MaxReconnectDelay}) is shorter than its InitialReconnectDelay ({InitialReconnectDelay}).");
        }

        if (MaxEventBytes < 1 || MaxEventBytes > Array.MaxLength)
        {
            throw new ArgumentException($"Streaming's MaxEventBytes is {MaxEventBytes}: it must be from 1 to {Array.MaxLength}.");
        }

        if (!Enum.IsDefined(UnexpectedStatus))
        {
            throw new ArgumentException($"Streaming's UnexpectedStatus is {UnexpectedStatus}, which is no policy.");
        }
    }
}
