using System.Text.Json;
using Halyard.DataModel.Json.Reading;
using Halyard.Evaluation;
using Halyard.Model;
using Microsoft.Extensions.Logging;

namespace Halyard.AnalyticsEvents;

/// <summary>
/// Makes the payload out of records: full events become JSON text at once, so that no object of the application is kept
/// alive, and the rest is counted in a summary. For one thread.
/// </summary>
internal sealed class EventAggregator : IDisposable
{
    private readonly EventOptions _options;
    private readonly RatioSampler _sampler;
    private readonly ILogger _logger;
    private readonly Func<long> _serverTime;
    private readonly EventContextWriter _contexts;
    private readonly SeenContexts _seen;
    private readonly EventSummary _summary;
    private readonly Utf8JsonWriter _writer;
    private PayloadBuffer _buffer = new();
    private int _count;
    private int _dropped;
    private int _deduplicated;
    private bool _hasToldLoss;

    public EventAggregator(EventOptions options, RatioSampler sampler, Func<long> serverTime, ILogger logger)
    {
        _options = options;
        _sampler = sampler;
        _serverTime = serverTime;
        _logger = logger;
        _contexts = new(options);
        _seen = new(options.ContextKeysCapacity);
        _summary = new(options.Capacity);
        _writer = new(_buffer, JsonText.Plain);
    }

    /// <summary>Whether there is nothing to take.</summary>
    public bool IsEmpty => _count == 0 && _summary.IsEmpty;

    /// <summary>Adds a record. One of which no event can be made is lost, and keeps no other from being one.</summary>
    public void Add(EventRecord record)
    {
        try
        {
            AddAny(record);
        }
        catch (Exception e)
        {
            Lose(e);
        }
    }

    private void AddAny(EventRecord record)
    {
        switch (record.Kind)
        {
            case EventKind.Evaluation:
                AddEvaluation(record);
                break;
            case EventKind.Identify:
                _seen.Add(record.Context);
                AddDescription("identify"u8, record.Context, record.Time);
                break;
            case EventKind.Custom:
                Index(record);
                AddFull(record, static (self, writer, record) => self.WriteCustom(writer, record));
                break;
            default:
                if (_sampler.Takes(record.Migration!.SamplingRatio))
                {
                    AddFull(record, static (self, writer, record) => MigrationOpEventWriter.Write(writer, record.Migration!, self._contexts, record.Context, record.Time));
                }

                break;
        }
    }

    public void ForgetContexts() => _seen.Clear();

    /// <summary>Takes everything there is as a JSON array, which is the caller's to dispose; null when there is nothing.</summary>
    public EventPayload? Take()
    {
        if (IsEmpty)
        {
            return null;
        }

        if (!_summary.IsEmpty)
        {
            // The summary is added even when the capacity is used up: it is one event for all that was counted.
            Append(_summary, static (_, writer, summary) => summary.WriteAndClear(writer));
            _summary.Clear();
        }

        if (_count == 0)
        {
            return null;
        }

        _buffer.Append((byte)']');
        var payload = new EventPayload(_buffer, _count);
        _buffer = new();
        _count = 0;
        return payload;
    }

    /// <summary>Drops everything there is.</summary>
    public void Clear()
    {
        _summary.Clear();
        _seen.Clear();
        _buffer.Dispose();
        _count = 0;
    }

    public void Dispose()
    {
        Clear();
        _writer.Reset(_buffer);
        _writer.Dispose();
        _buffer.Dispose();
    }

    /// <summary>How many events found no room, and how many times a context was known already, since last asked.</summary>
    public (int Dropped, int Deduplicated) TakeCounts()
    {
        var counts = (_dropped, _deduplicated);
        _dropped = _deduplicated = 0;
        return counts;
    }

    private void AddEvaluation(EventRecord record)
    {
        Index(record);
        foreach (ref readonly var prerequisite in record.Prerequisites)
        {
            var flag = prerequisite.Flag;
            var value = prerequisite.Variation < 0 ? Value.Null : flag.Variations.ItemRef(prerequisite.Variation);
            AddEvaluation(new Evaluated(record, flag.Key, flag, prerequisite.Variation, value, null, prerequisite.Reason, prerequisite.DependentKey));
        }

        AddEvaluation(new Evaluated(record, record.Key, record.Flag, record.Variation, record.Value, record.Default, record.Reason, null));
    }

    private void AddEvaluation(in Evaluated evaluated)
    {
        var flag = evaluated.Flag;
        var record = evaluated.Record;
        if (flag is not { ExcludeFromSummaries: true }
            && !_summary.Add(evaluated.Key, flag, record.Context, evaluated.Variation, evaluated.Value, evaluated.Default, record.Time))
        {
            _dropped++;
        }

        // An overridden flag is this process's own affair: the service counts it, and its experiments are not told.
        if (flag is null or { IsOverride: true })
        {
            return;
        }

        if ((flag.TrackEvents || Experiments.Has(flag, evaluated.Reason)) && _sampler.Takes(flag.SamplingRatio))
        {
            AddFull(evaluated, static (self, writer, evaluated) => self.WriteEvaluation(writer, evaluated, isDebug: false));
        }

        // The machine's clock may be slow, so the period also ends when it is over by the service's clock, as last heard.
        if (flag.DebugEventsUntilDate is { } until && until > record.Time && until > _serverTime() && _sampler.Takes(flag.SamplingRatio))
        {
            AddFull(evaluated, static (self, writer, evaluated) => self.WriteEvaluation(writer, evaluated, isDebug: true));
        }
    }

    private void Index(EventRecord record)
    {
        if (_seen.Add(record.Context))
        {
            AddDescription("index"u8, record.Context, record.Time);
        }
        else
        {
            _deduplicated++;
        }
    }

    private void AddDescription(ReadOnlySpan<byte> kind, Context context, long time)
    {
        // An old-style user may lack a key; the service could not tell such contexts apart.
        if (context is { IsMulti: false, Key: "" })
        {
            return;
        }

        if (_options.OmitAnonymousContexts)
        {
            if (WithoutAnonymous(context) is not { } rest)
            {
                return;
            }

            context = rest;
        }

        AddFull((kind.SequenceEqual("index"u8), context, time), static (self, writer, description) =>
        {
            var (isIndex, context, time) = description;
            writer.WriteStartObject();
            writer.WriteString("kind"u8, isIndex ? "index"u8 : "identify"u8);
            writer.WriteNumber("creationDate"u8, time);
            writer.WritePropertyName("context"u8);
            self._contexts.Write(writer, context, redactAnonymous: false);
            writer.WriteEndObject();
        });
    }

    private static Context? WithoutAnonymous(Context context)
    {
        if (!context.IsMulti)
        {
            return context.Anonymous ? null : context;
        }

        var known = new List<Context>(context.MemberSpan.Length);
        foreach (var member in context.MemberSpan)
        {
            if (!member.Anonymous)
            {
                known.Add(member);
            }
        }

        return known.Count == context.MemberSpan.Length ? context
            : known.Count == 0 ? null
            : Context.Multi([.. known]);
    }

    private void WriteEvaluation(Utf8JsonWriter writer, in Evaluated evaluated, bool isDebug)
    {
        var record = evaluated.Record;
        var flag = evaluated.Flag!;
        writer.WriteStartObject();
        writer.WriteString("kind"u8, isDebug ? "debug"u8 : "feature"u8);
        writer.WriteNumber("creationDate"u8, record.Time);
        writer.WriteString("key"u8, evaluated.Key);
        writer.WriteNumber("version"u8, flag.Version);
        if (evaluated.Variation >= 0)
        {
            writer.WriteNumber("variation"u8, evaluated.Variation);
        }

        writer.WritePropertyName("value"u8);
        JsonText.Write(writer, evaluated.Value);
        if (evaluated.Default is { } defaultValue)
        {
            writer.WritePropertyName("default"u8);
            JsonText.Write(writer, defaultValue);
        }

        if (record.WantsReason || Experiments.Has(flag, evaluated.Reason))
        {
            writer.WritePropertyName("reason"u8);
            EvaluationReasonText.Write(writer, evaluated.Reason);
        }

        if (evaluated.PrerequisiteOf is not null)
        {
            writer.WriteString("prereqOf"u8, evaluated.PrerequisiteOf);
        }

        writer.WritePropertyName("context"u8);
        _contexts.Write(writer, record.Context, redactAnonymous: !isDebug);
        WriteRatio(writer, flag.SamplingRatio);
        writer.WriteEndObject();
    }

    private void WriteCustom(Utf8JsonWriter writer, EventRecord record)
    {
        writer.WriteStartObject();
        writer.WriteString("kind"u8, "custom"u8);
        writer.WriteNumber("creationDate"u8, record.Time);
        writer.WriteString("key"u8, record.Key);
        writer.WritePropertyName("context"u8);
        _contexts.Write(writer, record.Context, redactAnonymous: true);
        if (!record.Value.IsNull)
        {
            writer.WritePropertyName("data"u8);
            JsonText.Write(writer, record.Value);
        }

        if (record.Metric is { } metric)
        {
            writer.WriteNumber("metricValue"u8, metric);
        }

        writer.WriteEndObject();
    }

    /// <summary>Writes a ratio of other than one, so that the service can weigh the event.</summary>
    internal static void WriteRatio(Utf8JsonWriter writer, long? ratio)
    {
        if (ratio is { } number and not 1)
        {
            writer.WriteNumber("samplingRatio"u8, number);
        }
    }

    private void AddFull<TWhat>(TWhat what, Action<EventAggregator, Utf8JsonWriter, TWhat> write)
    {
        if (_count >= _options.Capacity)
        {
            _dropped++;
            return;
        }

        Append(what, write);
    }

    // Either the whole event is in the text or nothing of it.
    private void Append<TWhat>(TWhat what, Action<EventAggregator, Utf8JsonWriter, TWhat> write)
    {
        var start = _buffer.Length;
        try
        {
            _buffer.Append(_count == 0 ? (byte)'[' : (byte)',');
            _writer.Reset(_buffer);
            write(this, _writer, what);
            _writer.Flush();
            _count++;
        }
        catch (Exception e)
        {
            _writer.Reset(_buffer);
            _buffer.CutTo(start);
            Lose(e);
        }
    }

    // Hundreds a second may be lost: that is one line.
    private void Lose(Exception fault)
    {
        _dropped++;
        if (!_hasToldLoss)
        {
            _hasToldLoss = true;
            EventLog.EventLost(_logger, fault);
        }
    }

    private readonly record struct Evaluated(
        EventRecord Record, string Key, Flag? Flag, int Variation, Value Value, Value? Default, EvaluationReason Reason, string? PrerequisiteOf);
}
