namespace Halyard.Interleaving.Engine;

/// <summary>Says whose turn it is.</summary>
internal interface IChooser
{
    /// <summary>Picks one of several threads; the first is the one that runs, unless it cannot go on.</summary>
    /// <param name="count">How many can go on.</param>
    /// <param name="isPreemption">Whether any but the first takes the turn from one that could go on.</param>
    int Choose(int count, bool isPreemption);
}
