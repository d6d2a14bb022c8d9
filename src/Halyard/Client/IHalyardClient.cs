namespace Halyard;

/// <summary>
/// What code that reads flags depends on: <see cref="Client"/> implements it, tests put something in its place, and a
/// decorator (<see cref="DelegatingHalyardClient"/>) lays something around it. Everything is thread-safe, and reads never throw.
/// </summary>
/// <remarks>
/// Whoever makes a client ends it: disposal is not a part of this. Members may be added in a later version; what derives
/// from <see cref="DelegatingHalyardClient"/> goes on compiling.
/// </remarks>
public interface IHalyardClient
{
    /// <inheritdoc cref="Client.Initialized"/>
    bool Initialized { get; }

    /// <inheritdoc cref="Client.IsOffline"/>
    bool IsOffline { get; }

    /// <inheritdoc cref="Client.DataSystemName"/>
    string DataSystemName { get; }

    /// <inheritdoc cref="Client.Store"/>
    IStore Store { get; }

    /// <inheritdoc cref="Client.DataSourceStatus"/>
    IDataSourceStatusProvider DataSourceStatus { get; }

    /// <inheritdoc cref="Client.FlagChanges"/>
    IFlagChanges FlagChanges { get; }

    /// <inheritdoc cref="Client.BigSegmentStoreStatus"/>
    IBigSegmentStoreStatusProvider BigSegmentStoreStatus { get; }

    /// <inheritdoc cref="Client.StartAsync(CancellationToken)"/>
    Task StartAsync(CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Client.BoolVariation"/>
    bool BoolVariation(string key, Context context, bool defaultValue);

    /// <inheritdoc cref="Client.BoolVariationDetail"/>
    EvaluationDetail<bool> BoolVariationDetail(string key, Context context, bool defaultValue);

    /// <inheritdoc cref="Client.BoolVariationAsync"/>
    ValueTask<bool> BoolVariationAsync(string key, Context context, bool defaultValue, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Client.BoolVariationDetailAsync"/>
    ValueTask<EvaluationDetail<bool>> BoolVariationDetailAsync(string key, Context context, bool defaultValue, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Client.StringVariation"/>
    string StringVariation(string key, Context context, string defaultValue);

    /// <inheritdoc cref="Client.StringVariationDetail"/>
    EvaluationDetail<string> StringVariationDetail(string key, Context context, string defaultValue);

    /// <inheritdoc cref="Client.StringVariationAsync"/>
    ValueTask<string> StringVariationAsync(string key, Context context, string defaultValue, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Client.StringVariationDetailAsync"/>
    ValueTask<EvaluationDetail<string>> StringVariationDetailAsync(string key, Context context, string defaultValue, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Client.IntVariation"/>
    int IntVariation(string key, Context context, int defaultValue);

    /// <inheritdoc cref="Client.IntVariationDetail"/>
    EvaluationDetail<int> IntVariationDetail(string key, Context context, int defaultValue);

    /// <inheritdoc cref="Client.IntVariationAsync"/>
    ValueTask<int> IntVariationAsync(string key, Context context, int defaultValue, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Client.IntVariationDetailAsync"/>
    ValueTask<EvaluationDetail<int>> IntVariationDetailAsync(string key, Context context, int defaultValue, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Client.DoubleVariation"/>
    double DoubleVariation(string key, Context context, double defaultValue);

    /// <inheritdoc cref="Client.DoubleVariationDetail"/>
    EvaluationDetail<double> DoubleVariationDetail(string key, Context context, double defaultValue);

    /// <inheritdoc cref="Client.DoubleVariationAsync"/>
    ValueTask<double> DoubleVariationAsync(string key, Context context, double defaultValue, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Client.DoubleVariationDetailAsync"/>
    ValueTask<EvaluationDetail<double>> DoubleVariationDetailAsync(string key, Context context, double defaultValue, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Client.JsonVariation"/>
    Value JsonVariation(string key, Context context, Value defaultValue);

    /// <inheritdoc cref="Client.JsonVariationDetail"/>
    EvaluationDetail<Value> JsonVariationDetail(string key, Context context, Value defaultValue);

    /// <inheritdoc cref="Client.JsonVariationAsync"/>
    ValueTask<Value> JsonVariationAsync(string key, Context context, Value defaultValue, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Client.JsonVariationDetailAsync"/>
    ValueTask<EvaluationDetail<Value>> JsonVariationDetailAsync(string key, Context context, Value defaultValue, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Client.MigrationVariation"/>
    MigrationDecision MigrationVariation(string key, Context context, MigrationStage defaultStage);

    /// <inheritdoc cref="Client.MigrationVariationAsync"/>
    ValueTask<MigrationDecision> MigrationVariationAsync(string key, Context context, MigrationStage defaultStage, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Client.AllFlagsState(Context, AllFlagsOptions)"/>
    AllFlagsState AllFlagsState(Context context, AllFlagsOptions options = AllFlagsOptions.None);

    /// <inheritdoc cref="Client.AllFlagsStateAsync"/>
    ValueTask<AllFlagsState> AllFlagsStateAsync(Context context, AllFlagsOptions options = AllFlagsOptions.None, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Client.TrackValue"/>
    IDisposable TrackValue(string key, Context context, Action<FlagValueChange> onChange, Value defaultValue = default);

    /// <inheritdoc cref="Client.SecureModeHash"/>
    string SecureModeHash(Context context);

    /// <inheritdoc cref="Client.Identify"/>
    void Identify(Context context);

    /// <inheritdoc cref="Client.Track"/>
    void Track(string name, Context context, Value data = default, double? metricValue = null);

    /// <inheritdoc cref="Client.TrackMigration"/>
    void TrackMigration(MigrationTracker tracker);

    /// <inheritdoc cref="Client.Flush"/>
    void Flush();

    /// <inheritdoc cref="Client.FlushAsync"/>
    Task<bool> FlushAsync(CancellationToken cancellationToken = default);
}
