namespace Halyard;

public sealed partial class Client
{
    /// <summary>Makes a client that is not started: it serves defaults until <see cref="BeginAsync"/>.</summary>
    /// <exception cref="ArgumentException">An option is missing or wrong; the message says which.</exception>
    internal static Client Create(ClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Validate(options);
        return new Client(options);
    }
}
