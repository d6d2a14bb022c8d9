namespace Halyard;

/// <summary>Chooses and configures a data system; see <see cref="DataSystem"/> for the choices.</summary>
public abstract class DataSystemOptions
{
    private protected DataSystemOptions()
    {
    }

    /// <summary>Fails with one clear error when the settings cannot work; opens nothing.</summary>
    /// <exception cref="ArgumentException">A setting is missing or wrong; the message says which.</exception>
    internal abstract void Validate(ClientOptions options);
}
