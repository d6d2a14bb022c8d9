using Halyard.DataInterfaces;
using Halyard.Http;
using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems.Sources.Fdv2;

/// <summary>
/// Takes the events of one connection, or of one polled body, applies what they add up to, and keeps the state reached
/// for the next request. Not thread-safe.
/// </summary>
internal sealed class PayloadApplier(string source, IDataDestination destination, BasisAddress address, FailureReporter report, ILogger logger, long mostBytes)
{
    private readonly PayloadMachine _machine = new(mostBytes);

    /// <summary>Whether data was stored or confirmed.</summary>
    public bool HasApplied { get; private set; }

    /// <summary>Acts on an event.</summary>
    /// <param name="what">The event.</param>
    /// <param name="applied">Whether the event completed a change set, which has been applied.</param>
    /// <returns>Why nothing more is to be read; null to go on.</returns>
    /// <exception cref="StoreWriteException">The destination refused the change set; the state held is as before.</exception>
    public SourceFailure? Accept(in PayloadEvent what, out bool applied)
    {
        var step = _machine.Accept(what);
        applied = false;
        switch (step.Kind)
        {
            case PayloadStepKind.Changes:
                Apply(step.Changes!);
                applied = true;
                return null;
            case PayloadStepKind.Skipped:
                HttpLog.UnknownKindSkipped(logger, source, step.Text);
                return null;
            case PayloadStepKind.Abandoned:
                HttpLog.TransferAbandoned(logger, source, step.Text);
                return null;
            case PayloadStepKind.Goodbye:
                // A goodbye after data is no outage; a goodbye instead of data is one.
                return new(DataSourceErrorKind.NetworkError, null, "the service said goodbye: " + step.Text)
                {
                    Directive = step.Directive,
                    IsPlanned = HasApplied,
                };
            case PayloadStepKind.Broken:
                return new(DataSourceErrorKind.InvalidData, null, step.Text!);
            default:
                if (what.Kind != PayloadEventKind.Ignored)
                {
                    report.Progress();
                }

                return null;
        }
    }

    private void Apply(ChangeSet changes)
    {
        try
        {
            destination.Apply(changes);
        }
        catch (Exception e)
        {
            throw new StoreWriteException(e);
        }

        // The state is kept only after the data is stored: otherwise the next request would skip data that was never stored.
        if (changes.Kind != ChangeSetKind.None)
        {
            address.Selector = changes.Selector;
        }

        HasApplied = true;
    }
}
