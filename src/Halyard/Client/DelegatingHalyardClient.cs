namespace Halyard;

/// <summary>
/// A client that passes every call on to another one. Derive from it to lay something around a client, or to stand in for
/// a few of its members: override what is to be different. Thread-safe, as far as what derives from it is.
/// </summary>
/// <remarks>
/// Each method passes on to the same method of the inner client: who overrides <see cref="BoolVariation"/> alone changes neither
/// <see cref="BoolVariationDetail"/>, nor what <see cref="AllFlagsState(Context, AllFlagsOptions)"/> and <see cref="TrackValue"/> tell.
/// </remarks>
public abstract class DelegatingHalyardClient : IHalyardClient
{
    /// <summary>Lays itself around a client. Does not end it: whoever made it does.</summary>
    /// <param name="inner">Where calls go.</param>
    protected DelegatingHalyardClient(IHalyardClient inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        Inner = inner;
    }

    /// <inheritdoc/>
    public virtual bool Initialized => Inner.Initialized;

    /// <inheritdoc/>
    public virtual bool IsOffline => Inner.IsOffline;

    /// <inheritdoc/>
    public virtual string DataSystemName => Inner.DataSystemName;

    /// <inheritdoc/>
    public virtual IStore Store => Inner.Store;

    /// <inheritdoc/>
    public virtual IDataSourceStatusProvider DataSourceStatus => Inner.DataSourceStatus;

    /// <inheritdoc/>
    public virtual IFlagChanges FlagChanges => Inner.FlagChanges;

    /// <inheritdoc/>
    public virtual IBigSegmentStoreStatusProvider BigSegmentStoreStatus => Inner.BigSegmentStoreStatus;

    /// <summary>Where calls go.</summary>
    protected internal IHalyardClient Inner { get; }

    /// <inheritdoc/>
    public virtual Task StartAsync(CancellationToken cancellationToken = default) => Inner.StartAsync(cancellationToken);

    /// <inheritdoc/>
    public virtual bool BoolVariation(string key, Context context, bool defaultValue) =>
        Inner.BoolVariation(key, context, defaultValue);

    /// <inheritdoc/>
    public virtual EvaluationDetail<bool> BoolVariationDetail(string key, Context context, bool defaultValue) =>
        Inner.BoolVariationDetail(key, context, defaultValue);

    /// <inheritdoc/>
    public virtual ValueTask<bool> BoolVariationAsync(string key, Context context, bool defaultValue, CancellationToken cancellationToken = default) =>
        Inner.BoolVariationAsync(key, context, defaultValue, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<EvaluationDetail<bool>> BoolVariationDetailAsync(string key, Context context, bool defaultValue, CancellationToken cancellationToken = default) =>
        Inner.BoolVariationDetailAsync(key, context, defaultValue, cancellationToken);

    /// <inheritdoc/>
    public virtual string StringVariation(string key, Context context, string defaultValue) =>
        Inner.StringVariation(key, context, defaultValue);

    /// <inheritdoc/>
    public virtual EvaluationDetail<string> StringVariationDetail(string key, Context context, string defaultValue) =>
        Inner.StringVariationDetail(key, context, defaultValue);

    /// <inheritdoc/>
    public virtual ValueTask<string> StringVariationAsync(string key, Context context, string defaultValue, CancellationToken cancellationToken = default) =>
        Inner.StringVariationAsync(key, context, defaultValue, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<EvaluationDetail<string>> StringVariationDetailAsync(string key, Context context, string defaultValue, CancellationToken cancellationToken = default) =>
        Inner.StringVariationDetailAsync(key, context, defaultValue, cancellationToken);

    /// <inheritdoc/>
    public virtual int IntVariation(string key, Context context, int defaultValue) =>
        Inner.IntVariation(key, context, defaultValue);

    /// <inheritdoc/>
    public virtual EvaluationDetail<int> IntVariationDetail(string key, Context context, int defaultValue) =>
        Inner.IntVariationDetail(key, context, defaultValue);

    /// <inheritdoc/>
    public virtual ValueTask<int> IntVariationAsync(string key, Context context, int defaultValue, CancellationToken cancellationToken = default) =>
        Inner.IntVariationAsync(key, context, defaultValue, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<EvaluationDetail<int>> IntVariationDetailAsync(string key, Context context, int defaultValue, CancellationToken cancellationToken = default) =>
        Inner.IntVariationDetailAsync(key, context, defaultValue, cancellationToken);

    /// <inheritdoc/>
    public virtual double DoubleVariation(string key, Context context, double defaultValue) =>
        Inner.DoubleVariation(key, context, defaultValue);

    /// <inheritdoc/>
    public virtual EvaluationDetail<double> DoubleVariationDetail(string key, Context context, double defaultValue) =>
        Inner.DoubleVariationDetail(key, context, defaultValue);

    /// <inheritdoc/>
    public virtual ValueTask<double> DoubleVariationAsync(string key, Context context, double defaultValue, CancellationToken cancellationToken = default) =>
        Inner.DoubleVariationAsync(key, context, defaultValue, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<EvaluationDetail<double>> DoubleVariationDetailAsync(string key, Context context, double defaultValue, CancellationToken cancellationToken = default) =>
        Inner.DoubleVariationDetailAsync(key, context, defaultValue, cancellationToken);

    /// <inheritdoc/>
    public virtual Value JsonVariation(string key, Context context, Value defaultValue) =>
        Inner.JsonVariation(key, context, defaultValue);

    /// <inheritdoc/>
    public virtual EvaluationDetail<Value> JsonVariationDetail(string key, Context context, Value defaultValue) =>
        Inner.JsonVariationDetail(key, context, defaultValue);

    /// <inheritdoc/>
    public virtual ValueTask<Value> JsonVariationAsync(string key, Context context, Value defaultValue, CancellationToken cancellationToken = default) =>
        Inner.JsonVariationAsync(key, context, defaultValue, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<EvaluationDetail<Value>> JsonVariationDetailAsync(string key, Context context, Value defaultValue, CancellationToken cancellationToken = default) =>
        Inner.JsonVariationDetailAsync(key, context, defaultValue, cancellationToken);

    /// <inheritdoc/>
    public virtual MigrationDecision MigrationVariation(string key, Context context, MigrationStage defaultStage) =>
        Inner.MigrationVariation(key, context, defaultStage);

    /// <inheritdoc/>
    public virtual ValueTask<MigrationDecision> MigrationVariationAsync(string key, Context context, MigrationStage defaultStage, CancellationToken cancellationToken = default) =>
        Inner.MigrationVariationAsync(key, context, defaultStage, cancellationToken);

    /// <inheritdoc/>
    public virtual AllFlagsState AllFlagsState(Context context, AllFlagsOptions options = AllFlagsOptions.None) =>
        Inner.AllFlagsState(context, options);

    /// <inheritdoc/>
    public virtual ValueTask<AllFlagsState> AllFlagsStateAsync(Context context, AllFlagsOptions options = AllFlagsOptions.None, CancellationToken cancellationToken = default) =>
        Inner.AllFlagsStateAsync(context, options, cancellationToken);

    /// <inheritdoc/>
    public virtual IDisposable TrackValue(string key, Context context, Action<FlagValueChange> onChange, Value defaultValue = default) =>
        Inner.TrackValue(key, context, onChange, defaultValue);

    /// <inheritdoc/>
    public virtual string SecureModeHash(Context context) =>
        Inner.SecureModeHash(context);

    /// <inheritdoc/>
    public virtual void Identify(Context context) =>
        Inner.Identify(context);

    /// <inheritdoc/>
    public virtual void Track(string name, Context context, Value data = default, double? metricValue = null) =>
        Inner.Track(name, context, data, metricValue);

    /// <inheritdoc/>
    public virtual void TrackMigration(MigrationTracker tracker) =>
        Inner.TrackMigration(tracker);

    /// <inheritdoc/>
    public virtual void Flush() =>
        Inner.Flush();

    /// <inheritdoc/>
    public virtual Task<bool> FlushAsync(CancellationToken cancellationToken = default) =>
        Inner.FlushAsync(cancellationToken);
}
