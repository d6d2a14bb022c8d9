namespace Halyard.Simulation.World;

/// <summary>The data systems that are simulated.</summary>
internal enum ClientKind
{
    Streaming1,
    Polling1,
    Streaming2,
    Polling2,

    /// <summary>The recommended chain.</summary>
    Chain,

    /// <summary>A chain of FDv1's stream, with polling in its place while it fails.</summary>
    Chain1,

    /// <summary>The recommended chain beside a store, read first and written.</summary>
    StoreFirst,

    /// <summary>A stream of FDv1 whose store is the record.</summary>
    Record,

    /// <summary>A store that something else fills.</summary>
    LazyLoad,
}
