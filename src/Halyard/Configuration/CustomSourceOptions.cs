using Halyard.DataSystems;

namespace Halyard;

/// <summary>Flag data from a synchronizer of the application's own: anything that writes to an <see cref="IDataDestination"/>.</summary>
public sealed class CustomSourceOptions : SourceOptions
{
    private readonly Func<DataSourceContext, IDataSynchronizer> _factory;

    /// <summary>Makes the options.</summary>
    /// <param name="factory">Makes the synchronizer of one client, which disposes it.</param>
    public CustomSourceOptions(Func<DataSourceContext, IDataSynchronizer> factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        _factory = factory;
    }

    internal override void Validate(ClientOptions options)
    {
    }

    internal override SourceFactory Prepare(DataSystemContext context) => new(
        "custom",
        status => _factory(new(status, context.Options.LoggerFactory, context.TimeProvider))
            ?? throw new InvalidOperationException("The factory of the custom data source gave no synchronizer."));
}
