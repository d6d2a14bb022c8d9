namespace Halyard.Simulation.World;

/// <summary>How the network between a process and the service is now.</summary>
internal sealed class Link
{
    public TimeSpan LeastDelay { get; set; } = TimeSpan.FromMilliseconds(1);

    public TimeSpan MostDelay { get; set; } = TimeSpan.FromMilliseconds(30);

    /// <summary>Connections are refused at once.</summary>
    public bool Refuses { get; set; }

    /// <summary>What is sent is lost and nobody is told: open connections stay half-open for ever.</summary>
    public bool Swallows { get; set; }

    /// <summary>How likely a connection is to end in the middle of what is sent over it.</summary>
    public double Flakiness { get; set; }

    public void Heal()
    {
        (Refuses, Swallows, Flakiness) = (false, false, 0);
        (LeastDelay, MostDelay) = (TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(30));
    }
}
