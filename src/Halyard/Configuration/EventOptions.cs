using Halyard.Configuration;

namespace Halyard;

/// <summary>
/// Analytics events: which flags were evaluated for whom, and what the application tracks. Off unless
/// <see cref="ClientOptions.Events"/> is set. The format is event schema 4 of LaunchDarkly's services.
/// </summary>
public sealed class EventOptions
{
    private const int MostEvents = 1_000_000;

    /// <summary>How many full events may wait for the next delivery; further ones are dropped, with one warning. Summaries are not counted. Default: 10,000.</summary>
    public int Capacity { get; set; } = 10_000;

    /// <summary>How often waiting events are delivered. Default: 5 seconds.</summary>
    public TimeSpan FlushInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How many contexts are remembered as described already, so that each is described once. Default: 1,000.</summary>
    public int ContextKeysCapacity { get; set; } = 1_000;

    /// <summary>How often the remembered contexts are forgotten. Default: 5 minutes.</summary>
    public TimeSpan ContextKeysResetInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether no attribute but kind, key and anonymity leaves the process. Default: false.</summary>
    public bool AllAttributesPrivate { get; set; }

    /// <summary>Attributes that leave the process for no context: names, or paths such as <c>/address/street</c>. Beside those that a context marks itself.</summary>
    public IList<string> PrivateAttributes { get; } = [];

    /// <summary>Whether anonymous contexts are left out of the events that describe contexts (index and identify). Default: false.</summary>
    public bool OmitAnonymousContexts { get; set; }

    /// <summary>Whether events are sent compressed; a relay must be recent enough to understand it. Default: false.</summary>
    public bool Gzip { get; set; }

    /// <summary>Whether the client's settings and platform are reported, without names or keys. Default: false.</summary>
    public bool Diagnostics { get; set; }

    /// <summary>How often diagnostics are repeated. Default: 15 minutes; at least one minute.</summary>
    public TimeSpan DiagnosticsInterval { get; set; } = TimeSpan.FromMinutes(15);

    /// <exception cref="ArgumentException">A setting is wrong; the message says which.</exception>
    internal void Validate(ClientOptions options)
    {
        HttpOptionsValidation.Check(options, options.Endpoints.Events, "Endpoints.Events");
        CheckCount(Capacity, "Events.Capacity");
        CheckCount(ContextKeysCapacity, "Events.ContextKeysCapacity");
        HttpOptionsValidation.CheckTimeout(FlushInterval, "Events.FlushInterval", mayBeInfinite: false);
        HttpOptionsValidation.CheckTimeout(ContextKeysResetInterval, "Events.ContextKeysResetInterval", mayBeInfinite: false);
        HttpOptionsValidation.CheckTimeout(DiagnosticsInterval, "Events.DiagnosticsInterval", mayBeInfinite: false);
        if (DiagnosticsInterval < TimeSpan.FromMinutes(1))
        {
            throw new ArgumentException($"Events.DiagnosticsInterval is {DiagnosticsInterval}: it must be at least one minute.");
        }

        foreach (var text in PrivateAttributes)
        {
            // Silently sending what was meant to stay private would be the worst answer to a slip of the pen.
            if (text is null || !AttributeReference.Parse(text).IsValid)
            {
                throw new ArgumentException($"Events.PrivateAttributes has '{text}', which is no attribute reference: {AttributeReference.Parse(text ?? "").Error}.");
            }
        }
    }

    private static void CheckCount(int value, string name)
    {
        if (value is < 1 or > MostEvents)
        {
            throw new ArgumentException($"{name} is {value}: it must be between 1 and {MostEvents}.");
        }
    }
}
