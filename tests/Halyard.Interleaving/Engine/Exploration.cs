namespace Halyard.Interleaving.Engine;

/// <summary>
/// Goes through all schedules in which no more than so many turns are taken from a thread that could go on, depth first:
/// most races need one or two. Each run repeats the last one up to a choice, and chooses otherwise there.
/// </summary>
internal sealed class Exploration(int mostPreemptions) : IChooser
{
    private readonly List<(int Chosen, int Count)> _path = [];
    private int _at;
    private int _preemptions;

    /// <summary>The choices of the run.</summary>
    public IEnumerable<int> Choices => _path.Take(_at).Select(static choice => choice.Chosen);

    public int Choose(int count, bool isPreemption)
    {
        if (isPreemption && _preemptions == mostPreemptions)
        {
            return 0;
        }

        if (_at == _path.Count)
        {
            _path.Add((0, count));
        }

        var chosen = _path[_at++].Chosen;
        _preemptions += isPreemption && chosen > 0 ? 1 : 0;
        return chosen;
    }

    /// <summary>Goes on to the next schedule; false when all were run.</summary>
    public bool Next()
    {
        _path.RemoveRange(_at, _path.Count - _at);
        (_at, _preemptions) = (0, 0);
        while (_path.Count > 0 && _path[^1].Chosen + 1 == _path[^1].Count)
        {
            _path.RemoveAt(_path.Count - 1);
        }

        if (_path.Count == 0)
        {
            return false;
        }

        _path[^1] = (_path[^1].Chosen + 1, _path[^1].Count);
        return true;
    }
}
