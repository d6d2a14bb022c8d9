namespace Halyard;

/// <summary>
/// The feature-flag client: one for a process. Thread-safe. Reads never throw, never block on pushed data, and give
/// the default value with a reason when there is no better answer.
/// </summary>
public sealed partial class Client : IAsyncDisposable
{
    private Client(ClientOptions options) => throw new NotImplementedException();

    /// <summary>Whether flag data has arrived; without it, reads give last known data or defaults.</summary>
    public bool Initialized => throw new NotImplementedException();

    /// <summary>The state of the data source: <c>Current</c>, <c>Changed</c>, <c>WaitForAsync</c>.</summary>
    public DataSourceStatusManager DataSourceStatus => throw new NotImplementedException();

    /// <summary>Which flags may now evaluate differently.</summary>
    public FlagChanges FlagChanges => throw new NotImplementedException();

    /// <summary>
    /// Starts a client and waits for its first data, at most <see cref="ClientOptions.StartTimeout"/>; then returns a
    /// working client that goes on trying. <see cref="Initialized"/> says which.
    /// </summary>
    /// <exception cref="ArgumentException">An option is missing or wrong; the message says which.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; nothing is left running.</exception>
    public static Task<Client> StartAsync(ClientOptions options, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The boolean value of a flag for a context.</summary>
    public bool BoolVariation(string key, Context context, bool defaultValue) => throw new NotImplementedException();

    /// <summary>The boolean value with its variation index and reason.</summary>
    public EvaluationDetail<bool> BoolVariationDetail(string key, Context context, bool defaultValue) => throw new NotImplementedException();

    /// <summary>The value of any JSON type with its variation index and reason.</summary>
    public EvaluationDetail<Value> JsonVariationDetail(string key, Context context, Value defaultValue) => throw new NotImplementedException();

    /// <summary>The values of all flags for a context, for a front end to start with.</summary>
    public AllFlagsState AllFlagsState(Context context, AllFlagsOptions options = AllFlagsOptions.None) => throw new NotImplementedException();

    /// <summary>Calls a handler whenever the flag's value for the context changes. Dispose the result to stop.</summary>
    public IDisposable TrackValue(string key, Context context, Action<FlagValueChange> onChange, Value defaultValue = default) => throw new NotImplementedException();

    /// <summary>Ends all work and closes all connections. Later reads give last known data.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
