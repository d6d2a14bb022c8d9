using System.Diagnostics;

namespace Halyard.Fuzzing;

/// <summary>Ends the process when one input takes so long that it will most likely never end, and says which one it was.</summary>
internal sealed class FuzzWatch : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Timer _timer;
    private readonly string _artifacts;
    private FuzzTarget? _target;
    private byte[] _input = [];
    private long _began = long.MaxValue;

    public FuzzWatch(string artifacts)
    {
        _artifacts = artifacts;
        _timer = new(_ => Look(), null, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5));
    }

    /// <summary>An input is about to be read.</summary>
    public void Begin(FuzzTarget target, ReadOnlySpan<byte> input)
    {
        // Copied into one buffer, because another thread may want it while the input is read.
        if (_input.Length < input.Length)
        {
            _input = new byte[input.Length * 2];
        }

        input.CopyTo(_input);
        Length = input.Length;
        _target = target;
        Volatile.Write(ref _began, Stopwatch.GetTimestamp());
    }

    /// <summary>The input has been read.</summary>
    public void End() => Volatile.Write(ref _began, long.MaxValue);

    public void Dispose() => _timer.Dispose();

    private int Length { get; set; }

    private void Look()
    {
        var began = Volatile.Read(ref _began);
        if (began == long.MaxValue || Stopwatch.GetElapsedTime(began) < Patience)
        {
            return;
        }

        var input = _input[..Length];
        Console.Error.WriteLine($"{_target!.Name}: an input of {Length} bytes is read for more than {Patience.TotalSeconds} s");
        Console.Error.WriteLine($"  saved  {FuzzArtifact.Save(_artifacts, _target.Name, input)}");
        Console.Error.WriteLine($"  text   {FuzzArtifact.Escaped(input)}");
        Environment.Exit(1);
    }
}
