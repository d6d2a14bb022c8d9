using Halyard.DataInterfaces;
using Halyard.DataSystems.Sources.Polling;
using Halyard.Http;
using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems.Sources.Fdv2;

/// <summary>
/// Keeps a destination in step by asking at an interval for what has changed since the state held:
/// <c>/sdk/poll</c> of FDv2. Ends for good when the service orders FDv1, after the payload that comes with the order has
/// been applied.
/// </summary>
internal sealed class Fdv2PollingSynchronizer : PollingSource, IDataInitializer
{
    internal const string Name = "fdv2-polling";
    private const string Path = "/sdk/poll";

    private readonly BasisAddress _address;
    private readonly long _mostBytes;
    private FallbackDirective? _directive;

    /// <param name="settings">The settings, validated.</param>
    /// <param name="baseUri">The service's base.</param>
    /// <param name="http">Disposed with the synchronizer.</param>
    /// <param name="status">Where states are reported, and the service's orders if it is an <see cref="ISourceEvents"/>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <param name="random">The source of jitter; null takes the shared one.</param>
    public Fdv2PollingSynchronizer(
        PollingSettings settings, Uri baseUri, ServiceHttpClient http, IDataSourceStatusReporter status, TimeProvider time, ILogger logger,
        Func<double>? random = null)
        : base(Name, settings, http, status, time, logger, random)
    {
        _address = new(baseUri, Path, settings.PayloadFilter, logger);
        _mostBytes = settings.MaxBodyBytes;
    }

    /// <inheritdoc/>
    public Task<SourceFailure?> FetchAsync(IDataDestination destination, Selector held, CancellationToken cancellationToken)
    {
        _address.Selector = held;
        return TryAskAsync(destination, cancellationToken);
    }

    protected override void Begin(Bootstrap? bootstrap) => _address.Selector = bootstrap?.Selector ?? Selector.Empty;

    protected override Uri NextAddress()
    {
        _directive = null;
        return _address.Current;
    }

    protected override void OnAnswer(HttpResponseMessage response) => _directive = FallbackDirective.Of(response);

    protected override SourceFailure? Store(ReadOnlySpan<byte> body, IDataDestination destination)
    {
        var applier = new PayloadApplier(Identity, destination, _address, Report, Logger, _mostBytes);
        var end = PayloadBody.Read(body, (in PayloadEvent what) => applier.Accept(what, out _));
        return end is { IsPlanned: true, Directive: null }
            ? null // A poll ends anyway, and the payload came before the goodbye.
            : end ?? (applier.HasApplied ? null : new(DataSourceErrorKind.InvalidData, null, "the answer holds no complete transfer"));
    }

    protected override SourceFailure? Ended(SourceFailure? failure)
    {
        failure = base.Ended(_address.Judge(failure));
        if (_directive is null || failure?.Directive is not null)
        {
            return failure;
        }

        if (failure is null)
        {
            Report.Valid();
        }

        return (failure ?? SourceFailure.Ordered) with { Directive = _directive };
    }
}
