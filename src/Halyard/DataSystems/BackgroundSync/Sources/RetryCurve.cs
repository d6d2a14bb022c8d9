namespace Halyard.DataSystems.Sources;

/// <summary>A delay that doubles from the first to the longest.</summary>
internal readonly record struct RetryCurve(TimeSpan First, TimeSpan Longest)
{
    /// <summary>The delay of the n-th failure in a row, counted from zero.</summary>
    public TimeSpan At(int failures)
    {
        // Beyond 2^30 every curve has long been at its longest; the bound keeps the product finite.
        var ticks = First.Ticks * Math.Pow(2, Math.Min(failures, 30));
        return ticks >= Longest.Ticks ? Longest : TimeSpan.FromTicks((long)ticks);
    }
}
