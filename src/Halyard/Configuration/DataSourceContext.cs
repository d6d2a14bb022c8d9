using Microsoft.Extensions.Logging;

namespace Halyard;

/// <summary>What a synchronizer of the application's own is made with.</summary>
/// <param name="Status">Where it reports its state. It reports Valid after it has written data, and again when data is confirmed.</param>
/// <param name="LoggerFactory">Where it logs.</param>
/// <param name="TimeProvider">The clock.</param>
public sealed record DataSourceContext(IDataSourceStatusReporter Status, ILoggerFactory LoggerFactory, TimeProvider TimeProvider);
