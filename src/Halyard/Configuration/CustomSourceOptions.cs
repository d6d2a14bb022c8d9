namespace Halyard;

/// <summary>Flag data from a synchronizer of the application's own: anything that writes to an <see cref="IDataDestination"/>.</summary>
public sealed class CustomSourceOptions : SourceOptions
{
    /// <summary>Makes the options.</summary>
    /// <param name="factory">Makes the synchronizer of one client, which disposes it.</param>
    public CustomSourceOptions(Func<DataSourceContext, IDataSynchronizer> factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        Factory = factory;
    }

    /// <summary>Makes the synchronizer.</summary>
    internal Func<DataSourceContext, IDataSynchronizer> Factory { get; }

    internal override void Validate(ClientOptions options)
    {
    }
}
