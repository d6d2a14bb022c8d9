using Microsoft.Extensions.Logging;

namespace Halyard;

/// <summary>Watches one flag's value for one context, by evaluating it again after each change that may concern it.</summary>
internal sealed class ValueTracker : IDisposable
{
    private readonly Client _client;
    private readonly ILogger _logger;
    private readonly string _key;
    private readonly Context _context;
    private readonly Action<FlagValueChange> _onChange;
    private readonly Value _defaultValue;
    private readonly Lock _lock = new();
    private Value _last;
    private volatile bool _disposed;

    public ValueTracker(Client client, ILogger logger, string key, Context context, Action<FlagValueChange> onChange, Value defaultValue)
    {
        _client = client;
        _logger = logger;
        _key = key;
        _context = context;
        _onChange = onChange;
        _defaultValue = defaultValue;

        // Under the lock, so that a change announced between the two steps is compared with the first value.
        lock (_lock)
        {
            _client.FlagChanges.Changed += OnFlagChange;
            _last = Evaluate();
        }
    }

    public void Dispose()
    {
        _disposed = true;
        _client.FlagChanges.Changed -= OnFlagChange;
    }

    private void OnFlagChange(FlagChange change)
    {
        if (_disposed || !change.Keys.Contains(_key))
        {
            return;
        }

        FlagValueChange valueChange;
        lock (_lock)
        {
            var value = Evaluate();
            if (value == _last)
            {
                return;
            }

            valueChange = new(_key, _last, value);
            _last = value;
        }

        try
        {
            _onChange(valueChange);
        }
        catch (Exception e)
        {
            ClientLog.ValueHandlerFailed(_logger, e, _key);
        }
    }

    private Value Evaluate() => _client.Peek(_key, _context, _defaultValue);
}
