using System.Runtime.CompilerServices;
using Halyard.Model;

namespace Halyard.Evaluation;

/// <summary>
/// The path of flags and segments under evaluation, to find one that leads back to itself: some flags, each the
/// prerequisite of the one before, then some segments, each named by a clause of the one before.
/// </summary>
internal struct EvaluationPath
{
    private Inline _inline;
    private int _depth;
    private int _flagDepth;
    private HashSet<(DataKind Kind, string Key)>? _deep; // what lies beyond the inline part

    /// <summary>Whether the path may grow; asked of the runtime only when the path is long.</summary>
    public readonly bool HasStack => _depth < Inline.Length || RuntimeHelpers.TryEnsureSufficientExecutionStack();

    public void Clear()
    {
        _depth = 0;
        _flagDepth = 0;
        _deep?.Clear();
    }

    public void EnterFlag(string key)
    {
        if (_depth < Inline.Length)
        {
            _inline[_depth] = key;
        }
        else
        {
            (_deep ??= []).Add((DataKind.Flag, key));
        }

        _depth++;
        _flagDepth++;
    }

    public void LeaveFlag(string key)
    {
        _flagDepth--;
        if (--_depth >= Inline.Length)
        {
            _deep!.Remove((DataKind.Flag, key));
        }
    }

    public readonly bool HasFlag(string key)
    {
        for (var i = 0; i < _flagDepth && i < Inline.Length; i++)
        {
            if (string.Equals(_inline[i], key))
            {
                return true;
            }
        }

        return _deep is not null && _deep.Contains((DataKind.Flag, key));
    }

    /// <summary>False when the segment is on the path already, or when the thread's stack is about to end.</summary>
    public bool TryEnterSegment(string key)
    {
        for (var i = _flagDepth; i < _depth && i < Inline.Length; i++)
        {
            if (string.Equals(_inline[i], key))
            {
                return false;
            }
        }

        if (_depth < Inline.Length)
        {
            _inline[_depth] = key;
        }
        else if (!HasStack || !(_deep ??= []).Add((DataKind.Segment, key)))
        {
            return false;
        }

        _depth++;
        return true;
    }

    public void LeaveSegment(string key)
    {
        if (--_depth >= Inline.Length)
        {
            _deep!.Remove((DataKind.Segment, key));
        }
    }

    [InlineArray(Length)]
    private struct Inline
    {
        public const int Length = 8;

        private string? _first;
    }
}
