using System.Threading.Channels;
using Halyard.Model;

namespace Halyard.DataSystems;

/// <summary>
/// What has been heard of and is still to be read again: at most once each, however often it was heard. Its room is
/// bounded: too many keys of a kind become the whole kind. Thread-safe.
/// </summary>
internal sealed class PendingChanges
{
    /// <summary>More keys of a kind than this count as the whole kind.</summary>
    public const int MostKeys = 4_096;

    private readonly Lock _gate = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    // Guarded by _gate. By kind, the keys; not used while the whole kind is pending.
    private readonly HashSet<string>[] _keys = [new(StringComparer.Ordinal), new(StringComparer.Ordinal)];

    // Guarded by _gate. By kind, whether all that is held of it is pending.
    private readonly bool[] _whole = new bool[2];

    // Guarded by _gate.
    private bool _marker;

    /// <summary>Notes a change; returns at once.</summary>
    public void Add(StoreChange change)
    {
        lock (_gate)
        {
            if (change.Kind is not { } kind)
            {
                _marker = true;
                AddWhole(DataKind.Flag);
                AddWhole(DataKind.Segment);
            }
            else if (change.Keys is not { } keys)
            {
                AddWhole(kind);
            }
            else
            {
                AddKeys(kind, keys);
            }

        }

        _wake.Writer.TryWrite(true);
    }

    /// <summary>Waits until something is pending, which it may be already: what was left undone is not to wait for the next change. One caller at a time.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        while (IsEmpty)
        {
            await _wake.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return !_marker && !_whole[0] && !_whole[1] && _keys[0].Count + _keys[1].Count == 0;
            }
        }
    }

    /// <summary>Whether a whole kind is pending.</summary>
    public bool HasWhole
    {
        get
        {
            lock (_gate)
            {
                return _whole[0] || _whole[1];
            }
        }
    }

    /// <summary>Takes what is pending of a kind.</summary>
    /// <returns>The keys, none of them when nothing is pending; null for all that is held.</returns>
    public string[]? Take(DataKind kind)
    {
        lock (_gate)
        {
            if (_whole[(int)kind])
            {
                _whole[(int)kind] = false;
                return null;
            }

            string[] keys = [.. _keys[(int)kind]];
            _keys[(int)kind].Clear();
            return keys;
        }
    }

    /// <summary>Takes whether the marker is pending.</summary>
    public bool TakeMarker()
    {
        lock (_gate)
        {
            var marker = _marker;
            _marker = false;
            return marker;
        }
    }

    // Under the lock.
    private void AddKeys(DataKind kind, IReadOnlyList<string> keys)
    {
        if (_whole[(int)kind])
        {
            return;
        }

        var pending = _keys[(int)kind];
        foreach (var key in keys)
        {
            if (!string.IsNullOrEmpty(key) && pending.Add(key) && pending.Count > MostKeys)
            {
                AddWhole(kind);
                return;
            }
        }
    }

    // Under the lock.
    private void AddWhole(DataKind kind)
    {
        _whole[(int)kind] = true;
        _keys[(int)kind].Clear();
    }
}
