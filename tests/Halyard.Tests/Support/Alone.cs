namespace Halyard.Tests.Support;

/// <summary>
/// The collection of the tests that measure the process (its heap, its allocations, its threads, the time that passes) or
/// change what the whole process shares: nothing runs beside them. They begin when all other tests have ended.
/// </summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class Alone;
