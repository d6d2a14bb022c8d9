using System.Security.Claims;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Halyard;

/// <summary>
/// The flags of one request: the client, and the context of the request. A parameter of a minimal API, a constructor's or a view's
/// service, or <c>HttpContext.Flags()</c>. As long-lived as the request, and no more thread-safe than it. A read throws what a factory of the
/// application's throws, or that there is no client; awaiting ones end with an aborted request.
/// </summary>
/// <example><code>
/// app.MapGet("/", (RequestFlags flags) => flags.BoolVariation("new-checkout", false) ? "new" : "old");
/// </code></example>
public sealed class RequestFlags
{
    private readonly HttpContext _http;
    private readonly object? _key; // of the client's service; null for the client that has none
    private Dictionary<object, RequestFlags>? _others; // of clients with a key
    private Context? _context;
    private bool _isChosen;
    private ClaimsPrincipal? _user; // of which the context was made
    private int _identities; // how many it had
    private Endpoint? _endpoint; // likewise: a route's values are the endpoint's

    private RequestFlags(HttpContext http, object? key) => (_http, _key) = (http, key);

    /// <summary>
    /// Whom the request's flags are evaluated for: made once, and again when another user or another endpoint has come since, as when
    /// it was first asked for before the authentication.
    /// </summary>
    /// <exception cref="InvalidOperationException">The factory gave null.</exception>
    public Context Context
    {
        get
        {
            if (_context is null || (!_isChosen && IsOutdated))
            {
                if (Factory is not { } factory)
                {
                    return Of(_http).Context;
                }

                var made = Make(factory);

                // The factory may have chosen one itself.
                _context = _isChosen ? _context : made;
            }

            return _context!;
        }
    }

    /// <summary>The client, for what is not offered here.</summary>
    /// <exception cref="InvalidOperationException">The services hold none.</exception>
    public IHalyardClient Client => field ??= _key is null
        ? _http.RequestServices.GetRequiredService<IHalyardClient>()
        : _http.RequestServices.GetRequiredKeyedService<IHalyardClient>(_key);

    // Null where a client has none of its own: it is then asked for whom the others are.
    private IFlagContextFactory? Factory => _key is null
        ? _http.RequestServices?.GetService<IFlagContextFactory>() ?? RequestContextFactory.Default
        : _http.RequestServices.GetKeyedService<IFlagContextFactory>(_key);

    private bool IsOutdated =>
        !ReferenceEquals(_user, _http.User) || _identities != _http.User.Identities.Count() || !ReferenceEquals(_endpoint, _http.GetEndpoint());

    /// <summary>What makes this a parameter of a minimal API.</summary>
    /// <param name="httpContext">The request.</param>
    public static ValueTask<RequestFlags?> BindAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        return new(Of(httpContext));
    }

    /// <inheritdoc cref="IHalyardClient.BoolVariation"/>
    public bool BoolVariation(string key, bool defaultValue) => Client.BoolVariation(key, Context, defaultValue);

    /// <inheritdoc cref="IHalyardClient.StringVariation"/>
    public string StringVariation(string key, string defaultValue) => Client.StringVariation(key, Context, defaultValue);

    /// <inheritdoc cref="IHalyardClient.IntVariation"/>
    public int IntVariation(string key, int defaultValue) => Client.IntVariation(key, Context, defaultValue);

    /// <inheritdoc cref="IHalyardClient.DoubleVariation"/>
    public double DoubleVariation(string key, double defaultValue) => Client.DoubleVariation(key, Context, defaultValue);

    /// <inheritdoc cref="IHalyardClient.JsonVariation"/>
    public Value JsonVariation(string key, Value defaultValue) => Client.JsonVariation(key, Context, defaultValue);

    /// <inheritdoc cref="IHalyardClient.BoolVariationAsync"/>
    /// <exception cref="OperationCanceledException">The request was aborted.</exception>
    public ValueTask<bool> BoolVariationAsync(string key, bool defaultValue) =>
        Client.BoolVariationAsync(key, Context, defaultValue, _http.RequestAborted);

    /// <inheritdoc cref="IHalyardClient.StringVariationAsync"/>
    /// <exception cref="OperationCanceledException">The request was aborted.</exception>
    public ValueTask<string> StringVariationAsync(string key, string defaultValue) =>
        Client.StringVariationAsync(key, Context, defaultValue, _http.RequestAborted);

    /// <inheritdoc cref="IHalyardClient.IntVariationAsync"/>
    /// <exception cref="OperationCanceledException">The request was aborted.</exception>
    public ValueTask<int> IntVariationAsync(string key, int defaultValue) =>
        Client.IntVariationAsync(key, Context, defaultValue, _http.RequestAborted);

    /// <inheritdoc cref="IHalyardClient.DoubleVariationAsync"/>
    /// <exception cref="OperationCanceledException">The request was aborted.</exception>
    public ValueTask<double> DoubleVariationAsync(string key, double defaultValue) =>
        Client.DoubleVariationAsync(key, Context, defaultValue, _http.RequestAborted);

    /// <inheritdoc cref="IHalyardClient.JsonVariationAsync"/>
    /// <exception cref="OperationCanceledException">The request was aborted.</exception>
    public ValueTask<Value> JsonVariationAsync(string key, Value defaultValue) =>
        Client.JsonVariationAsync(key, Context, defaultValue, _http.RequestAborted);

    /// <inheritdoc cref="HalyardClientExtensions.JsonVariation{T}(IHalyardClient, string, Context, T, JsonTypeInfo{T})"/>
    public T JsonVariation<T>(string key, T defaultValue, JsonTypeInfo<T> typeInfo) => Client.JsonVariation(key, Context, defaultValue, typeInfo);

    /// <inheritdoc cref="HalyardClientExtensions.EnumVariation{TEnum}(IHalyardClient, string, Context, TEnum)"/>
    public TEnum EnumVariation<TEnum>(string key, TEnum defaultValue)
        where TEnum : struct, Enum => Client.EnumVariation(key, Context, defaultValue);

    /// <inheritdoc cref="HalyardClientExtensions.Variation{T}(IHalyardClient, TypedFlag{T}, Context)"/>
    public T Variation<T>(TypedFlag<T> flag) => Client.Variation(flag, Context);

    /// <inheritdoc cref="HalyardClientExtensions.VariationAsync{T}(IHalyardClient, TypedFlag{T}, Context, CancellationToken)"/>
    /// <exception cref="OperationCanceledException">The request was aborted.</exception>
    public ValueTask<T> VariationAsync<T>(TypedFlag<T> flag) => Client.VariationAsync(flag, Context, _http.RequestAborted);

    /// <summary>All flags that front ends may see, for a page to carry; see <c>MapHalyardBootstrap</c> for an endpoint.</summary>
    /// <param name="options">What the state tells beside the values; it holds client-side flags in any case.</param>
    /// <exception cref="OperationCanceledException">The request was aborted.</exception>
    public ValueTask<AllFlagsState> BootstrapAsync(AllFlagsOptions options = AllFlagsOptions.None) =>
        Client.AllFlagsStateAsync(Context, options | AllFlagsOptions.ClientSideOnly, _http.RequestAborted);

    /// <summary>The flags of a request; the same for all that ask for those of one client.</summary>
    /// <param name="http">The request.</param>
    /// <param name="key">The key of the client's service; null for the client that has none.</param>
    internal static RequestFlags Of(HttpContext http, object? key = null)
    {
        var flags = http.Features.Get<RequestFlags>();
        if (flags is null || !ReferenceEquals(flags._http, http))
        {
            flags = new RequestFlags(http, null);
            http.Features.Set(flags);
        }

        if (key is null)
        {
            return flags;
        }

        var others = flags._others ??= [];
        return others.TryGetValue(key, out var known) ? known : others[key] = new RequestFlags(http, key);
    }

    /// <summary>Decides for whom, whatever the factory says.</summary>
    internal void Choose(Context context)
    {
        _context = context;
        _isChosen = true;
    }

    private Context Make(IFlagContextFactory factory)
    {
        var (user, endpoint) = (_http.User, _http.GetEndpoint());
        var identities = user.Identities.Count();
        var context = factory.Create(_http)
            ?? throw new InvalidOperationException($"{factory.GetType()} made no context: IFlagContextFactory.Create must not return null.");
        if (!context.IsValid)
        {
            _http.RequestServices?.GetService<InvalidContextLog>()?.Note(context);
        }

        // Not before: a context that could not be made is tried again, and the one of another user is none.
        (_user, _identities, _endpoint) = (user, identities, endpoint);
        return context;
    }
}
