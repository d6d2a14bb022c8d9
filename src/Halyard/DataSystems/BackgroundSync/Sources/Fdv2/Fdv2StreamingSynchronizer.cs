using Halyard.DataInterfaces;
using Halyard.DataSystems.Sources.Streaming;
using Halyard.Http;
using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems.Sources.Fdv2;

/// <summary>
/// Keeps a destination in step with FDv2's stream, <c>/sdk/stream</c>. Every connection asks for what has
/// changed since the state held, and ends for good when the service orders FDv1, after the payload that
/// comes with the order has been applied.
/// </summary>
internal sealed class Fdv2StreamingSynchronizer : EventStreamSource
{
    internal const string Name = "fdv2-streaming";
    private const string Path = "/sdk/stream";

    private readonly BasisAddress _address;
    private readonly long _mostBytes;
    private PayloadApplier? _applier;
    private FallbackDirective? _directive;

    /// <param name="settings">The settings, validated.</param>
    /// <param name="baseUri">The service's base.</param>
    /// <param name="http">Disposed with the synchronizer.</param>
    /// <param name="status">Where states are reported, and the service's orders if it is an <see cref="ISourceEvents"/>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <param name="random">The source of jitter; null takes the shared one.</param>
    public Fdv2StreamingSynchronizer(
        StreamingSettings settings, Uri baseUri, ServiceHttpClient http, IDataSourceStatusReporter status, TimeProvider time, ILogger logger,
        Func<double>? random = null)
        : base(Name, settings, http, status, time, logger, random)
    {
        _address = new(baseUri, Path, settings.PayloadFilter, logger);
        _mostBytes = settings.MaxEventBytes;
    }

    protected override void Begin(Bootstrap? bootstrap) => _address.Selector = bootstrap?.Selector ?? Selector.Empty;

    protected override Uri NextAddress()
    {
        (_applier, _directive) = (null, null);
        return _address.Current;
    }

    protected override TimeSpan? OnAnswer(HttpResponseMessage response, TimeSpan responseTimeout)
    {
        _directive = FallbackDirective.Of(response);

        // The payload that comes with an order is worth waiting for, but not for as long as a stream may be silent.
        return _directive is null ? null : responseTimeout;
    }

    protected override SourceFailure? Accept(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data, IDataDestination destination)
    {
        var what = PayloadEventReader.Parse(name, data);
        _applier ??= new(Identity, destination, _address, Report, Logger, _mostBytes);
        if (_applier.Accept(what, out var applied) is { } failure)
        {
            return failure;
        }

        if (!applied)
        {
            return null;
        }

        Delivered();
        return _directive is null ? null : SourceFailure.Ordered;
    }

    protected override SourceFailure? Ended(SourceFailure? failure)
    {
        failure = _address.Judge(failure);
        return failure is { Directive: null } && _directive is not null ? failure with { Directive = _directive } : failure;
    }
}
