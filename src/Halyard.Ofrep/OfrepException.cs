namespace Halyard;

/// <summary>A request that is answered with an error; the message says why.</summary>
internal sealed class OfrepException(OfrepError error, string message) : Exception(message)
{
    public OfrepError Error => error;
}
