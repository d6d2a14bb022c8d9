using System.Collections;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.ExceptionServices;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Halyard.IntegrationTests.Secrets;

/// <summary>
/// Keeps all that a process says while it lives: logs of every level with what is in them, every exception that is thrown
/// anywhere, traces and metrics of all sources, what objects call themselves, and files; and looks for secrets in it.
/// </summary>
internal sealed class SecretWatch : ILoggerProvider, IDisposable
{
    private readonly ConcurrentQueue<string> _said = new();
    private readonly ActivityListener _activities = new();
    private readonly MeterListener _meters = new();
    private readonly ILoggerFactory _loggers;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("halyard-secrets-");

    public SecretWatch()
    {
        _loggers = LoggerFactory.Create(builder => builder.SetMinimumLevel(LogLevel.Trace).AddProvider(this));
        _activities.ShouldListenTo = static _ => true;
        _activities.Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded;
        _activities.ActivityStopped = Hear;
        ActivitySource.AddActivityListener(_activities);
        _meters.InstrumentPublished = static (instrument, listener) => listener.EnableMeasurementEvents(instrument);
        _meters.SetMeasurementEventCallback<long>(Hear);
        _meters.SetMeasurementEventCallback<int>(Hear);
        _meters.SetMeasurementEventCallback<double>(Hear);
        _meters.Start();
        AppDomain.CurrentDomain.FirstChanceException += Hear;
    }

    /// <summary>Where clients log.</summary>
    public ILoggerFactory Loggers => _loggers;

    /// <summary>A path for something that a client writes.</summary>
    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>Whether anything said holds the text.</summary>
    public bool Heard(string text) => _said.Any(said => said.Contains(text, StringComparison.Ordinal));

    /// <summary>Forgets what was said while the test itself handled secrets.</summary>
    public void Forget() => _said.Clear();

    /// <summary>Keeps what something calls itself.</summary>
    public void Note(object? thing) => _said.Enqueue($"{thing}");

    /// <summary>Keeps what options and all that they hold call themselves; texts and addresses in them are the application's own.</summary>
    public void NoteTree(object options)
    {
        Note(options);
        foreach (var property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetIndexParameters().Length > 0 || property.PropertyType.IsPrimitive || property.PropertyType == typeof(string)
                || property.PropertyType == typeof(Uri) || property.GetValue(options) is not { } value)
            {
                continue;
            }

            if (value.GetType().Assembly.GetName().Name!.StartsWith("Halyard", StringComparison.Ordinal))
            {
                NoteTree(value);
            }
            else if (value is IEnumerable list and not IDictionary<string, string>)
            {
                foreach (var item in list.OfType<object>().Where(static item => item.GetType().Namespace == "Halyard"))
                {
                    NoteTree(item);
                }
            }
        }
    }

    /// <summary>Fails when a secret was said or written, in any of the forms that texts take on their way.</summary>
    public void AssertNothingOf(params ReadOnlySpan<string> secrets)
    {
        _meters.RecordObservableInstruments();
        foreach (var file in _folder.EnumerateFiles("*", SearchOption.AllDirectories))
        {
            _said.Enqueue($"{file.FullName} {Encoding.Latin1.GetString(File.ReadAllBytes(file.FullName))}");
        }

        Assert.NotEmpty(_said);
        foreach (var secret in secrets)
        {
            foreach (var form in Forms(secret))
            {
                Assert.DoesNotContain(_said, said => said.Contains(form, StringComparison.OrdinalIgnoreCase));
            }
        }
    }

    public ILogger CreateLogger(string categoryName) => new Ear(this, categoryName);

    public void Dispose()
    {
        AppDomain.CurrentDomain.FirstChanceException -= Hear;
        _activities.Dispose();
        _meters.Dispose();
        _loggers.Dispose();
        if (_folder.Exists)
        {
            _folder.Delete(recursive: true);
        }
    }

    // As it is, as a part of an address, and in base64 wherever it begins in what was encoded.
    private static IEnumerable<string> Forms(string secret)
    {
        yield return secret;
        yield return Uri.EscapeDataString(secret);
        yield return System.Net.WebUtility.UrlEncode(secret);
        yield return Convert.ToHexString(Encoding.UTF8.GetBytes(secret));
        for (var before = 0; before < 3; before++)
        {
            // Without the letters at both ends, which depend on what stands beside.
            var text = Convert.ToBase64String([.. new byte[before], .. Encoding.UTF8.GetBytes(secret)]).TrimEnd('=');
            yield return text[(before == 0 ? 0 : 4)..^2];
        }
    }

    private void Hear(Activity activity) => _said.Enqueue(new StringBuilder(activity.Source.Name).Append(' ').Append(activity.DisplayName)
        .Append(' ').Append(activity.StatusDescription).Append(' ').AppendJoin(' ', activity.TagObjects).Append(' ').AppendJoin(' ', activity.Baggage)
        .Append(' ').AppendJoin(' ', activity.Events.SelectMany(static e => e.Tags.Append(new("event", e.Name)))).ToString());

    private void Hear<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state) =>
        _said.Enqueue($"{instrument.Meter.Name} {instrument.Name} {value} {string.Join(' ', tags.ToArray())}");

    private void Hear(object? sender, FirstChanceExceptionEventArgs e)
    {
        // What the tests' own assertions throw repeats what they looked for. A connection string that cannot be parsed is
        // quoted to the store, which passes neither on: what it throws itself is heard.
        if (e.Exception.GetType().Namespace?.StartsWith("Xunit", StringComparison.Ordinal) != true
            && e.Exception.StackTrace?.Contains("ConnectionStringBuilder", StringComparison.Ordinal) != true)
        {
            _said.Enqueue(e.Exception.ToString());
        }
    }

    private sealed class Ear(SecretWatch owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            owner.Note(state);
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            owner._said.Enqueue($"{logLevel} {category} {formatter(state, exception)} {exception}");
            if (state is IEnumerable<KeyValuePair<string, object?>> parts)
            {
                owner._said.Enqueue(string.Join(' ', parts));
            }
        }
    }
}
