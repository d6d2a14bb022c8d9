using System.Security.Cryptography;
using System.Text;

namespace Halyard;

public sealed partial class Client
{
    private byte[]? _secureModeKey; // the SDK key; made when a hash is first asked for

    /// <summary>
    /// The values of all flags for a context, of one moment, for a front end to start with. Without data, or for an
    /// invalid context, the state is not valid; it then holds overridden flags alone, or nothing.
    /// </summary>
    public AllFlagsState AllFlagsState(Context context, AllFlagsOptions options = AllFlagsOptions.None) =>
        _reader.ReadAll(context, options);

    /// <inheritdoc cref="AllFlagsState(Context, AllFlagsOptions)"/>
    /// <param name="context">What the flags are evaluated for.</param>
    /// <param name="options">What the state tells.</param>
    /// <param name="cancellationToken">Ends the wait for a persistent store.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask<AllFlagsState> AllFlagsStateAsync(
        Context context, AllFlagsOptions options = AllFlagsOptions.None, CancellationToken cancellationToken = default) =>
        _reader.ReadAllAsync(context, options, cancellationToken);

    /// <summary>
    /// The hash that a front end presents to show that it may ask for this context (secure mode): the lowercase
    /// hexadecimal HMAC-SHA256 of the context's <see cref="Context.FullyQualifiedKey"/> under the SDK key. Empty for
    /// an invalid context.
    /// </summary>
    public string SecureModeHash(Context context)
    {
        if (context is not { IsValid: true })
        {
            return "";
        }

        const int stackLimit = 256;
        var text = context.FullyQualifiedKey;
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        var utf8 = most <= stackLimit ? stackalloc byte[stackLimit] : new byte[most];
        var length = Encoding.UTF8.GetBytes(text, utf8);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_secureModeKey ??= Encoding.UTF8.GetBytes(_options.SdkKey), utf8[..length], hash);
        return Convert.ToHexStringLower(hash);
    }

    /// <summary>
    /// Calls a handler whenever the flag's value for the context changes. Calls come in order, off the writer's
    /// thread; a handler that throws goes on being called. Dispose the result to stop.
    /// </summary>
    /// <param name="key">The flag's key; the flag need not exist yet.</param>
    /// <param name="context">What the flag is evaluated for.</param>
    /// <param name="onChange">Told of the old and the new value.</param>
    /// <param name="defaultValue">Stands for the value when there is none.</param>
    public IDisposable TrackValue(string key, Context context, Action<FlagValueChange> onChange, Value defaultValue = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(onChange);
        return new ValueTracker(this, _logger, key, context, onChange, defaultValue);
    }
}
