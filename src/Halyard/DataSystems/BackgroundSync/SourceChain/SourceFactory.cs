using Halyard.DataInterfaces;

namespace Halyard.DataSystems;

/// <summary>One source as a chain uses it: made anew whenever its turn comes.</summary>
/// <param name="Name">The source's name, in logs and status.</param>
/// <param name="Create">Makes a synchronizer that reports to the given reporter, which may be an <see cref="ISourceEvents"/>. Whoever calls disposes it.</param>
/// <param name="CreateInitializer">Makes an initializer; null for a source that is not made for it, which then runs until its first data.</param>
internal sealed record SourceFactory(
    string Name,
    Func<IDataSourceStatusReporter, IDataSynchronizer> Create,
    Func<IDataSourceStatusReporter, IDataInitializer>? CreateInitializer = null);
