using System.Globalization;

namespace Halyard.Simulation.Engine;

/// <summary>What has happened, as a number by which two runs are compared, and as text for who wants to read it.</summary>
internal sealed class Trace(SimScheduler scheduler, TextWriter? output)
{
    private const int LastLines = 60;

    private readonly Queue<string> _last = new();

    /// <summary>Two runs that did the same have the same.</summary>
    public ulong Hash { get; private set; } = 14_695_981_039_346_656_037;

    public int Lines { get; private set; }

    /// <summary>The last lines.</summary>
    public IEnumerable<string> Last => _last;

    public void Note(string line)
    {
        Fold((ulong)scheduler.Now.Ticks);
        foreach (var c in line)
        {
            Fold(c);
        }

        Lines++;
        if (output is not null)
        {
            output.WriteLine(Text(line));
            return;
        }

        if (_last.Count == LastLines)
        {
            _last.Dequeue();
        }

        _last.Enqueue(line);
    }

    private string Text(string line) => string.Create(CultureInfo.InvariantCulture, $"{scheduler.Now.TotalSeconds,12:F4}  {line}");

    private void Fold(ulong word) => Hash = (Hash ^ word) * 1_099_511_628_211;
}
