namespace Halyard.DataSystems.Sources.Files;

/// <summary>What came of a load.</summary>
/// <param name="DataSet">The new data; null when nothing changed, or there are errors.</param>
/// <param name="Changed">How many items are new or changed.</param>
/// <param name="Errors">What is wrong, a message for each fault found.</param>
/// <param name="Warnings">What is strange but does no harm.</param>
internal sealed record FlagFileLoad(DataSet? DataSet, int Changed, IReadOnlyList<string> Errors, IReadOnlyList<string> Warnings)
{
    /// <summary>To be called once the data has been stored; until then the next load compares with the data before.</summary>
    public Action? Commit { get; init; }
}
