using Halyard.Configuration;

namespace Halyard;

/// <summary>Polling: for the whole data set (<c>/sdk/latest-all</c>), or in FDv2 for what has changed (<c>/sdk/poll</c>).</summary>
public sealed class PollingOptions : SourceOptions
{
    /// <summary>The shortest interval, unless <see cref="AllowShortIntervals"/> lifts the limit.</summary>
    internal static readonly TimeSpan MinimumInterval = TimeSpan.FromSeconds(30);

    /// <summary>Which protocol is spoken. Default: FDv1.</summary>
    public ProtocolVersion Protocol { get; set; } = ProtocolVersion.Fdv1;

    /// <summary>The base address of this source alone. Default: that of <see cref="ServiceEndpoints.Polling"/>.</summary>
    public Uri? BaseUri { get; set; }

    /// <summary>The time from the start of one poll to the start of the next. Default: 30 seconds, which is also the minimum: a smaller value is raised with a warning.</summary>
    public TimeSpan Interval { get; set; } = MinimumInterval;

    /// <summary>Lets <see cref="Interval"/> be shorter than 30 seconds; for development servers and tests, as the service does not welcome it. Default: false.</summary>
    public bool AllowShortIntervals { get; set; }

    /// <summary>The payload filter's key; an invalid one is logged and left out. Default: none.</summary>
    public string? PayloadFilter { get; set; }

    /// <summary>What an unexpected status leads to. Default: slow retries.</summary>
    public UnexpectedStatusPolicy UnexpectedStatus { get; set; }

    /// <summary>Whether a failure of TLS (an untrusted certificate) is retried slowly, as an unexpected status is, rather than at the interval. Default: true.</summary>
    public bool RetryTlsFailuresSlowly { get; set; } = true;

    /// <summary>The largest body that is read, in bytes and after its compression is undone; a larger one counts as invalid data. Default: 512 MiB. At most 2,147,483,591.</summary>
    public long MaxBodyBytes { get; set; } = 512L * 1024 * 1024;

    internal override void Validate(ClientOptions options)
    {
        HttpOptionsValidation.Check(options, BaseUri ?? options.Endpoints?.Polling, BaseUri is null ? "Endpoints.Polling" : "Polling's BaseUri");
        CheckProtocol(Protocol, "Polling");
        HttpOptionsValidation.CheckTimeout(Interval, "Polling's Interval", mayBeInfinite: false);
        if (MaxBodyBytes < 1 || MaxBodyBytes > Array.MaxLength)
        {
            throw new ArgumentException($"Polling's MaxBodyBytes is {MaxBodyBytes}: it must be from 1 to {Array.MaxLength}.");
        }

        if (!Enum.IsDefined(UnexpectedStatus))
        {
            throw new ArgumentException($"Polling's UnexpectedStatus is {UnexpectedStatus}, which is no policy.");
        }
    }
}
