using System.Collections.Immutable;
using System.Text;
using Halyard.Model;
using Halyard.Simulation.Engine;

namespace Halyard.Simulation.World;

/// <summary>All states that the service has had, in order. What a client holds must be one of them.</summary>
internal sealed class History
{
    private const int FlagKeys = 6;
    private const int SegmentKeys = 3;

    private readonly List<SimState> _states = [];
    private readonly SimRandom _random;
    private readonly int _padding;
    private int _stamps;

    /// <param name="random">What is published follows from it.</param>
    /// <param name="padding">How many characters each flag carries that mean nothing.</param>
    public History(SimRandom random, int padding)
    {
        _random = random;
        _padding = padding;
        _states.Add(new(0, 0, true, ImmutableSortedDictionary.Create<string, SimItem>(StringComparer.Ordinal), ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal)));
        for (var i = 0; i < FlagKeys + SegmentKeys; i++)
        {
            Change();
        }

        EndPublish();
    }

    public IReadOnlyList<SimState> States => _states;

    public SimState Head => _states[^1];

    /// <summary>A publish of one or more changed items.</summary>
    /// <returns>The states that it made, of which the last is whole.</returns>
    public IReadOnlyList<SimState> Publish()
    {
        var first = _states.Count;
        for (var changes = 1 + (_random.Chance(0.4) ? _random.Below(4) : 0); changes > 0; changes--)
        {
            Change();
        }

        EndPublish();
        return _states[first..];
    }

    /// <summary>The service goes on from what it had some time ago.</summary>
    public void GoBack()
    {
        var whole = _states.FindAll(static state => state.IsWhole);
        var old = whole[Math.Max(0, whole.Count - 1 - _random.Below(5))];
        _states.Add(old with { Index = _states.Count, Epoch = Head.Epoch + 1 });
    }

    /// <summary>The service forgets which states it had, and has the same data.</summary>
    public void Forget() => _states.Add(Head with { Index = _states.Count, Epoch = Head.Epoch + 1 });

    /// <summary>Everything is new, and the versions begin again.</summary>
    public void Reset()
    {
        var empty = _states[0];
        _states.Add(empty with { Index = _states.Count, Epoch = Head.Epoch + 1, IsWhole = false });
        for (var i = 0; i < FlagKeys; i++)
        {
            Change();
        }

        EndPublish();
    }

    private void EndPublish() => _states[^1] = Head with { IsWhole = true };

    private void Change()
    {
        var isFlag = _random.Below(FlagKeys + SegmentKeys) < FlagKeys;
        var number = _random.Below(isFlag ? FlagKeys : SegmentKeys);
        var kind = isFlag ? DataKind.Flag : DataKind.Segment;
        var key = (isFlag ? "f" : "s") + number;
        var path = (isFlag ? "/flags/" : "/segments/") + key;
        var now = Head;
        var version = now.Versions.GetValueOrDefault(path) + 1 + (_random.Chance(0.1) ? _random.Below(5) : 0);
        var items = now.Items.ContainsKey(path) && _random.Chance(0.2)
            ? now.Items.Remove(path)
            : now.Items.SetItem(path, Item(kind, key, number, version));
        _states.Add(new(_states.Count, now.Epoch, false, items, now.Versions.SetItem(path, version)));
    }

    private SimItem Item(DataKind kind, string key, int number, long version)
    {
        var stamp = $"{key}#{++_stamps}";
        var json = new StringBuilder($"{{\"key\":\"{key}\",\"version\":{version},");
        if (kind == DataKind.Segment)
        {
            json.Append($"\"included\":[\"u{_random.Below(3)}\"],\"excluded\":[],\"rules\":[");
            if (number + 1 < SegmentKeys && _random.Chance(0.3))
            {
                json.Append($"{{\"clauses\":[{Clause(number + 1)}]}}");
            }

            return new(kind, key, version, stamp, json.Append($"],\"salt\":\"{stamp}\"}}").ToString());
        }

        json.Append("\"on\":true,\"prerequisites\":[");
        if (number + 1 < FlagKeys && _random.Chance(0.3))
        {
            json.Append($"{{\"key\":\"f{number + 1 + _random.Below(FlagKeys - number - 1)}\",\"variation\":0}}");
        }

        json.Append("],\"targets\":[],\"rules\":[");
        if (_random.Chance(0.3))
        {
            json.Append($"{{\"id\":\"r\",\"variation\":0,\"clauses\":[{Clause(_random.Below(SegmentKeys))}]}}");
        }

        json.Append($"],\"fallthrough\":{{\"variation\":0}},\"offVariation\":0,\"variations\":[\"{stamp}\"],\"salt\":\"x\"");
        if (_padding > 0)
        {
            json.Append(",\"description\":\"").Append('p', _random.Below(_padding)).Append('"');
        }

        return new(kind, key, version, stamp, json.Append('}').ToString());
    }

    private static string Clause(int segment) =>
        $"{{\"attribute\":\"\",\"op\":\"segmentMatch\",\"values\":[\"s{segment}\"],\"negate\":false}}";
}
