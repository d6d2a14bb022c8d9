using Halyard.DataInterfaces;
using Halyard.Model;

namespace Halyard.Tests.Support;

/// <summary>A destination that writes down what it is told.</summary>
internal sealed class RecordingDestination : IDataDestination
{
    public string Identity => "recording";

    /// <summary>What was written: a <see cref="DataSet"/>, an <see cref="ItemDescriptor"/> or a <see cref="ChangeSet"/>.</summary>
    public Journal<object> Writes { get; } = new();

    /// <summary>Set to refuse the next writes.</summary>
    public Exception? Fault { get; set; }

    public void Init(DataSet dataSet) => Write(dataSet);

    public bool Upsert(DataKind kind, string key, ItemDescriptor item)
    {
        Assert.Equal((kind, key), (item.Kind, item.Key));
        Write(item);
        return true;
    }

    public void Apply(ChangeSet changeSet) => Write(changeSet);

    /// <summary>The n-th write, counted from one, as short text: <c>init a:1 b:2</c>, <c>flag a:2</c>, <c>segment s:3 deleted</c>.</summary>
    public async Task<string> TextAsync(int number) => Text(await Writes.EntryAsync(number));

    private static string Text(object write) => write switch
    {
        DataSet set => "init " + string.Join(' ', set.Flags.Select(f => $"{f.Key}:{f.Version}").Concat(set.Segments.Select(s => $"{s.Key}:{s.Version}"))),
        ItemDescriptor item => $"{(item.Kind == DataKind.Flag ? "flag" : "segment")} {item.Key}:{item.Version}{(item.IsTombstone ? " deleted" : "")}",
        ChangeSet set => ChangeSetText(set),
        _ => write.ToString()!,
    };

    /// <summary>As short text: <c>full flag a:1 flag b:2 @state:7</c>, <c>partial</c>, <c>none</c>.</summary>
    public static string ChangeSetText(ChangeSet set) =>
        string.Join(' ', [
            set.Kind switch { ChangeSetKind.Full => "full", ChangeSetKind.Partial => "partial", _ => "none" },
            .. set.Items.Select(Text),
            .. set.Selector.IsEmpty ? [] : new[] { $"@{set.Selector.State}:{set.Selector.Version}" },
        ]);

    private void Write(object what)
    {
        if (Fault is not null)
        {
            throw Fault;
        }

        Writes.Add(what);
    }
}

/// <summary>A status reporter that writes down what it is told.</summary>
internal sealed class RecordingStatus : ISourceEvents
{
    /// <summary>As short text: <c>valid</c>, <c>interrupted NetworkError</c>, <c>unexpected ErrorResponse 401</c>, <c>off ErrorResponse 401</c>, <c>ordered 3600</c>.</summary>
    public Journal<string> Reports { get; } = new();

    /// <summary>The messages of the reports that are not valid.</summary>
    public Journal<string> Messages { get; } = new();

    /// <summary>How often headway was told.</summary>
    public int Progress { get; private set; }

    public void ReportValid() => Reports.Add("valid");

    public void ReportProgress() => Progress++;

    public void ReportFallback(FallbackDirective directive, SourceFailure why)
    {
        Messages.Add(why.Message);
        Reports.Add($"ordered {directive.RetryAfter?.TotalSeconds ?? 0}");
    }

    public void ReportInterrupted(DataSourceErrorKind kind, string message, int? statusCode = null) => Add("interrupted", kind, message, statusCode);

    public void ReportUnexpected(DataSourceErrorKind kind, string message, int? statusCode = null) => Add("unexpected", kind, message, statusCode);

    public void ReportOff(DataSourceErrorKind kind, string message, int? statusCode = null) => Add("off", kind, message, statusCode);

    private void Add(string what, DataSourceErrorKind kind, string message, int? statusCode)
    {
        Messages.Add(message);
        Reports.Add(statusCode is null ? $"{what} {kind}" : $"{what} {kind} {statusCode}");
    }
}
