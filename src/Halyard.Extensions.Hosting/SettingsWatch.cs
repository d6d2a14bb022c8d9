using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace Halyard;

/// <summary>
/// Looks at a client's settings whenever their source has been read anew: what can change while the client runs does, and the rest is
/// named in the log, because nothing else would tell that it waits for a restart. Names alone are logged, never values.
/// </summary>
internal sealed partial class SettingsWatch : IDisposable
{
    private readonly Lock _gate = new();
    private readonly IConfiguration _configuration;
    private readonly SettingsServices _services;
    private readonly TracingHook? _tracing;
    private readonly string _title;
    private readonly ILogger _logger;
    private readonly IDisposable _watching;

    // Guarded by _gate. What the client lives by.
    private readonly Dictionary<string, string> _inForce;

    // Guarded by _gate. What was said last, since a source may tell of one change several times.
    private string _said = "";

    /// <param name="configuration">The settings.</param>
    /// <param name="inForce">What they were when the client was made of them.</param>
    /// <param name="tracing">The hook that they have asked for; null for none.</param>
    /// <param name="services">What they were read with.</param>
    /// <param name="title">How messages call the client.</param>
    /// <param name="logger">The log.</param>
    public SettingsWatch(
        IConfiguration configuration, Dictionary<string, string> inForce, TracingHook? tracing, SettingsServices services, string title, ILogger logger)
    {
        (_configuration, _tracing, _services, _title, _logger) = (configuration, tracing, services, title, logger);
        _inForce = inForce;
        _watching = ChangeToken.OnChange(configuration.GetReloadToken, Look);

        // A start takes seconds, in which they may have changed.
        Look();
    }

    public void Dispose() => _watching.Dispose();

    // Called by the source of the settings, which is to be disturbed by nothing.
    private void Look()
    {
        try
        {
            lock (_gate)
            {
                Compare();
            }
        }
        catch (Exception)
        {
            // A logger or a source that throws: the client goes on with what it has.
        }
    }

    private void Compare()
    {
        var now = Read(_configuration);
        var changed = Changed(now);
        if (changed.Count == 0)
        {
            Say("", () => LogAsBefore(_title));
            return;
        }

        try
        {
            ClientSettings.Apply(_configuration, new(), _services);
        }
        catch (Exception e)
        {
            Say(e.Message, () => LogWrong(_title, e.Message));
            return;
        }

        var live = changed.Where(name => _tracing is not null && IsOfTracing(name)).ToList();
        if (live.Count != 0)
        {
            _tracing!.Configure(ClientSettings.ReadTracing(_configuration));
            Take(now, live);
            LogApplied(_title, string.Join(", ", live));
        }

        var waiting = string.Join(", ", changed.Except(live));
        Say(waiting, () =>
        {
            if (waiting.Length != 0)
            {
                LogWaiting(_title, waiting);
            }
        });
    }

    private void Say(string what, Action log)
    {
        if (what != _said)
        {
            _said = what;
            log();
        }
    }

    private void Take(Dictionary<string, string> now, List<string> names)
    {
        foreach (var name in names)
        {
            if (now.TryGetValue(name, out var value))
            {
                _inForce[name] = value;
            }
            else
            {
                _inForce.Remove(name);
            }
        }
    }

    private List<string> Changed(Dictionary<string, string> now) =>
        [.. now.Keys.Union(_inForce.Keys, StringComparer.OrdinalIgnoreCase)
            .Where(name => now.GetValueOrDefault(name) != _inForce.GetValueOrDefault(name))
            .Order(StringComparer.Ordinal)];

    private static bool IsOfTracing(string name) => name.StartsWith(ClientSettings.TracingSection + ":", StringComparison.OrdinalIgnoreCase);

    /// <summary>The settings by their names. A section that holds others has no value of its own.</summary>
    public static Dictionary<string, string> Read(IConfiguration configuration) => configuration.AsEnumerable(makePathsRelative: true)
        .Where(static setting => setting.Value is not null)
        .ToDictionary(static setting => setting.Key, static setting => setting.Value!, StringComparer.OrdinalIgnoreCase);

    [LoggerMessage(3, LogLevel.Information, "{Client}: changed settings are in force: {Settings}")]
    private partial void LogApplied(string client, string settings);

    [LoggerMessage(4, LogLevel.Warning, "{Client}: changed settings wait for a restart: {Settings}")]
    private partial void LogWaiting(string client, string settings);

    [LoggerMessage(5, LogLevel.Error, "{Client}: changed settings are wrong, and would end the next start: {Problem}")]
    private partial void LogWrong(string client, string problem);

    [LoggerMessage(6, LogLevel.Information, "{Client}: the settings are again those in force")]
    private partial void LogAsBefore(string client);
}
