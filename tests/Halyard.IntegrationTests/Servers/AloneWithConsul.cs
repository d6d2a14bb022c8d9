namespace Halyard.IntegrationTests;

/// <summary>The tests that hold a store to a time: nothing runs beside them, and the server is theirs.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class AloneWithConsul : ICollectionFixture<ConsulServer>;
