namespace Halyard.Simulation.World;

/// <summary>What is wrong with a store.</summary>
internal enum StoreFault
{
    None,

    /// <summary>It refuses every request.</summary>
    Down,

    /// <summary>It answers nothing.</summary>
    Hangs,

    /// <summary>It takes seconds for an answer.</summary>
    Slow,

    /// <summary>It fails now and then, before or after it has done what was asked.</summary>
    Flaky,

    /// <summary>It has become a replica: reads are answered, writes refused.</summary>
    Demoted,
}
