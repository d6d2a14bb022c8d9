using System.Collections.Immutable;
using System.Diagnostics;
using Halyard.DataModel.Json.Reading;

namespace Halyard;

/// <summary>
/// Records evaluations in traces: as events on the current <see cref="Activity"/>, with the attributes of
/// OpenTelemetry's conventions for feature flags (semantic conventions, "feature_flag.evaluation"), and if asked for as
/// activities of their own. Needs no package: whatever listens to activities gets them. Where nothing is traced, it
/// records nothing.
/// </summary>
/// <example><code>
/// options.Hooks.Add(new TracingHook());
/// </code></example>
public sealed class TracingHook : Hook
{
    private const string ActivityKey = "activity";

    private static readonly ActivitySource Source = new(HalyardTelemetry.ActivitySourceName);

    // Null while it is turned off.
    private volatile Settings? _settings;

    /// <summary>Makes the hook.</summary>
    /// <param name="options">Read once; null takes the defaults.</param>
    /// <exception cref="ArgumentException">The event's or the provider's name is empty.</exception>
    public TracingHook(TracingHookOptions? options = null)
        : base("tracing") => Configure(options ?? new());

    /// <summary>
    /// Records from now on as these options say, while the client runs. Thread-safe: an evaluation under way is recorded as before or
    /// as from now on.
    /// </summary>
    /// <param name="options">Read once; null records nothing, until this is called again.</param>
    /// <exception cref="ArgumentException">The event's or the provider's name is empty; all stays as it was.</exception>
    public void Configure(TracingHookOptions? options)
    {
        if (options is null)
        {
            _settings = null;
            return;
        }

        if (string.IsNullOrWhiteSpace(options.EventName))
        {
            throw new ArgumentException("The tracing hook's EventName is empty.", nameof(options));
        }

        if (string.IsNullOrWhiteSpace(options.ProviderName))
        {
            throw new ArgumentException("The tracing hook's ProviderName is empty.", nameof(options));
        }

        _settings = new(
            options.EventName,
            options.ProviderName,
            options.IncludeValue,
            options.IncludeContextKey,
            options.CreateActivities,
            string.IsNullOrEmpty(options.EnvironmentId) ? null : options.EnvironmentId);
    }

    /// <inheritdoc/>
    public override ImmutableDictionary<string, object> BeforeEvaluation(
        EvaluationSeriesContext context, ImmutableDictionary<string, object> data)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(data);
        if (_settings is not { CreatesActivities: true } settings || Source.StartActivity("Client." + context.Method) is not { } activity)
        {
            return data;
        }

        activity.SetTag("feature_flag.key", context.FlagKey);
        if (settings.ContextId(context) is { } id)
        {
            activity.SetTag("feature_flag.context.id", id);
        }

        return data.Add(ActivityKey, activity);
    }

    /// <inheritdoc/>
    public override ImmutableDictionary<string, object> AfterEvaluation(
        EvaluationSeriesContext context, ImmutableDictionary<string, object> data, EvaluationDetail<Value> detail)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(data);
        if (!data.TryGetValue(ActivityKey, out var started) || started is not Activity activity)
        {
            _settings?.AddEvent(Activity.Current, context, detail);
            return data;
        }

        try
        {
            if (detail.Reason.Kind == EvaluationReasonKind.Error)
            {
                activity.SetStatus(ActivityStatusCode.Error, detail.Reason.ToString());
            }

            // The event belongs to the work that asked for the flag; where there is none, to the evaluation itself.
            _settings?.AddEvent(activity.Parent ?? activity, context, detail);
        }
        finally
        {
            activity.Dispose();
        }

        return data.Remove(ActivityKey);
    }

    /// <summary>A value as attributes can hold it: an array or object as its JSON.</summary>
    private static object? Plain(Value value) => value.Kind switch
    {
        ValueKind.Null => "null",
        ValueKind.Bool => value.AsBool,
        ValueKind.Number => value.AsDouble,
        ValueKind.String => value.AsString,
        _ => JsonText.Of(value),
    };

    private static string NameOf(in EvaluationReason reason) => reason.Kind switch
    {
        EvaluationReasonKind.Off => "disabled",
        EvaluationReasonKind.TargetMatch or EvaluationReasonKind.RuleMatch => "targeting_match",
        EvaluationReasonKind.Fallthrough => reason.InExperiment ? "split" : "default",
        EvaluationReasonKind.PrerequisiteFailed => "prerequisite_failed",
        _ => "error",
    };

    private static string NameOf(EvaluationErrorKind kind) => kind switch
    {
        EvaluationErrorKind.ClientNotReady => "provider_not_ready",
        EvaluationErrorKind.FlagNotFound => "flag_not_found",
        EvaluationErrorKind.MalformedFlag => "parse_error",
        EvaluationErrorKind.UserNotSpecified => "invalid_context",
        EvaluationErrorKind.WrongType => "type_mismatch",
        _ => "general",
    };

    private sealed record Settings(
        string EventName, string ProviderName, bool IncludesValue, bool IncludesContextKey, bool CreatesActivities, string? EnvironmentId)
    {
        public string? ContextId(EvaluationSeriesContext context) =>
            IncludesContextKey && context.Context is { IsValid: true } valid ? valid.FullyQualifiedKey : null;

        public void AddEvent(Activity? activity, EvaluationSeriesContext context, in EvaluationDetail<Value> detail)
        {
            if (activity is not { IsAllDataRequested: true })
            {
                return;
            }

            var tags = new ActivityTagsCollection
            {
                { "feature_flag.key", context.FlagKey },
                { "feature_flag.provider.name", ProviderName },
                { "feature_flag.result.reason", NameOf(detail.Reason) },
            };
            if (ContextId(context) is { } id)
            {
                tags.Add("feature_flag.context.id", id);
            }

            if ((EnvironmentId ?? context.EnvironmentId) is { } environment)
            {
                tags.Add("feature_flag.set.id", environment);
            }

            if (detail.VariationIndex is { } index)
            {
                // Variations have no names here: their positions are what tells them apart.
                tags.Add("feature_flag.result.variant", index.ToString(System.Globalization.CultureInfo.InvariantCulture));
                tags.Add("feature_flag.result.variationIndex", index);
            }

            if (detail.Reason.InExperiment)
            {
                tags.Add("feature_flag.result.reason.inExperiment", true);
            }

            // Without a variation the conventions want the value, which is then the caller's default.
            if (IncludesValue || detail.VariationIndex is null)
            {
                tags.Add("feature_flag.result.value", Plain(detail.Value));
            }

            if (detail.Reason.Kind == EvaluationReasonKind.Error)
            {
                tags.Add("error.type", NameOf(detail.Reason.ErrorKind));
            }

            activity.AddEvent(new ActivityEvent(EventName, tags: tags));
        }
    }
}
