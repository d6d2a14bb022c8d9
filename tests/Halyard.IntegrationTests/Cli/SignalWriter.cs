using System.Text;

namespace Halyard.IntegrationTests.Cli;

/// <summary>Collects what a command prints, and lets a test wait for it.</summary>
internal sealed class SignalWriter : TextWriter
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly StringBuilder _text = new();
    private readonly List<(Func<string, bool> Condition, TaskCompletionSource<string> Source)> _waiting = [];

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(string? value)
    {
        lock (_gate)
        {
            _text.Append(value);
            var text = _text.ToString();
            foreach (var (condition, source) in _waiting)
            {
                if (condition(text))
                {
                    source.TrySetResult(text);
                }
            }
        }
    }

    public override void WriteLine(string? value) => Write(value + NewLine);

    public async Task<string> UntilAsync(Func<string, bool> condition)
    {
        var source = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            var text = _text.ToString();
            if (condition(text))
            {
                return text;
            }

            _waiting.Add((condition, source));
        }

        try
        {
            return await source.Task.WaitAsync(Bound, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Not printed in time; so far:\n{this}");
        }
    }

    public Task<string> UntilAsync(string part) => UntilAsync(text => text.Contains(part, StringComparison.Ordinal));

    public override string ToString()
    {
        lock (_gate)
        {
            return _text.ToString();
        }
    }
}
