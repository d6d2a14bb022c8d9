using Microsoft.Extensions.Logging;

namespace Halyard;

/// <summary>What a persistent store is opened with.</summary>
/// <param name="LoggerFactory">Where to log.</param>
/// <param name="TimeProvider">The clock.</param>
public sealed record PersistentStoreContext(ILoggerFactory LoggerFactory, TimeProvider TimeProvider);
