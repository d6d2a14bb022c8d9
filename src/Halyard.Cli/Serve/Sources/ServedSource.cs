namespace Halyard.Cli;

/// <summary>Where an environment's data comes from, other than files.</summary>
/// <param name="Name">For people; holds no secret.</param>
/// <param name="Options">How a client takes the data from there.</param>
internal sealed record ServedSource(string Name, ClientOptions Options)
{
    /// <summary>Says the name alone: the options hold a key.</summary>
    public override string ToString() => Name;
}
