using System.Collections.Concurrent;
using System.Threading.Channels;
using Halyard.Model;

namespace Halyard.Tests.Sources;

/// <summary>Keeps what a source writes.</summary>
internal sealed class RecordingDestination : IDataDestination
{
    private readonly Channel<DataSet> _inits = Channel.CreateUnbounded<DataSet>();

    public string Identity => "recording";

    public ConcurrentQueue<DataSet> Inits { get; } = new();

    public Exception? Failure { get; set; }

    public void Init(DataSet dataSet)
    {
        if (Failure is { } failure)
        {
            throw failure;
        }

        Inits.Enqueue(dataSet);
        _inits.Writer.TryWrite(dataSet);
    }

    public bool Upsert(DataKind kind, string key, ItemDescriptor item) => throw new NotSupportedException();

    public void Apply(ChangeSet changeSet) => throw new NotSupportedException();

    public async Task<DataSet> NextInitAsync() =>
        await _inits.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
}

/// <summary>Keeps what a source reports, as short texts such as <c>Interrupted InvalidData: message</c>.</summary>
internal sealed class RecordingStatus : IDataSourceStatusReporter
{
    private readonly Channel<string> _reports = Channel.CreateUnbounded<string>();

    public ConcurrentQueue<string> All { get; } = new();

    public void ReportValid() => Add("Valid");

    public void ReportInterrupted(DataSourceErrorKind kind, string message, int? statusCode = null) => Add($"Interrupted {kind}: {message}");

    public void ReportUnexpected(DataSourceErrorKind kind, string message, int? statusCode = null) => Add($"Unexpected {kind}: {message}");

    public void ReportOff(DataSourceErrorKind kind, string message, int? statusCode = null) => Add($"Off {kind}: {message}");

    public async Task<string> NextAsync() =>
        await _reports.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    private void Add(string report)
    {
        All.Enqueue(report);
        _reports.Writer.TryWrite(report);
    }
}

/// <summary>A directory of its own for one test.</summary>
internal sealed class TempDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("halyard-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public string Write(string name, string text)
    {
        System.IO.File.WriteAllText(this[name], text);
        return this[name];
    }

    public void Dispose()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
