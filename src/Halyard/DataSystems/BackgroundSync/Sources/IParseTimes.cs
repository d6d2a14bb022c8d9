namespace Halyard.DataSystems.Sources;

/// <summary>Takes how long sources took to make models of what they had read. Thread-safe.</summary>
internal interface IParseTimes
{
    /// <summary>Whether anybody wants to know; cheap enough for every piece of a stream.</summary>
    bool AreWanted { get; }

    /// <summary>Takes the time of one change set.</summary>
    void Add(TimeSpan time);
}
