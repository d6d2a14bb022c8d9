using System.Collections;
using System.Reflection;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.Tests.Support;

/// <summary>
/// Finds the options that are times, counts and sizes, and lives through a client's life with each at its extremes: a
/// value is refused with the option's name, or the client works with it.
/// </summary>
internal static class OptionBounds
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Life = TimeSpan.FromMilliseconds(20);

    // Flows with everything that a client starts, so that a fault on any of its threads is known to be that client's.
    private static readonly AsyncLocal<Journal<string>?> Thrown = new();

    static OptionBounds() => AppDomain.CurrentDomain.FirstChanceException += OnThrown;

    /// <summary>The options of a type that are numbers or times.</summary>
    public static IEnumerable<PropertyInfo> NumbersOf(Type type) => type
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.SetMethod is { IsPublic: true } && ExtremesOf(Plain(property)) is not null);

    /// <summary>The public types of options with numbers or times.</summary>
    public static IEnumerable<Type> TypesOf(params IEnumerable<Assembly> assemblies) => assemblies
        .SelectMany(assembly => assembly.GetExportedTypes())
        .Where(type => type is { IsClass: true, ContainsGenericParameters: false }
            && (type.Name.EndsWith("Options", StringComparison.Ordinal) || type.IsAssignableTo(typeof(IPersistentStore))))
        .Where(type => NumbersOf(type).Any());

    /// <summary>Tries every extreme of one option.</summary>
    /// <param name="property">The option.</param>
    /// <param name="make">Makes a client's options that work, with the options that have the property.</param>
    /// <returns>What went wrong.</returns>
    public static async Task<IReadOnlyList<string>> FaultsOfAsync(PropertyInfo property, Func<OptionsUnderTest> make)
    {
        await using (var usual = make())
        {
            usual.Client.StartTimeout = Patience;
            await using var client = await Halyard.Client.StartAsync(usual.Client, TestContext.Current.CancellationToken);
            Assert.True(await client.BoolVariationAsync("flag", Context.New("user-1"), false));
        }

        var faults = await Task.WhenAll(ExtremesOf(Plain(property))!.Cast<object>().Select(value => FaultsOfAsync(property, value, make)));
        return [.. faults.SelectMany(list => list)];
    }

    private static async Task<IReadOnlyList<string>> FaultsOfAsync(PropertyInfo property, object value, Func<OptionsUnderTest> make)
    {
        var time = new StrictTimeProvider();
        var logs = new FakeLogCollector();
        await using var test = make();
        var options = test.Client;
        using var loggers = LoggerFactory.Create(builder => builder.SetMinimumLevel(LogLevel.Trace).AddProvider(new FakeLoggerProvider(logs)));
        (options.TimeProvider, options.LoggerFactory, options.StartTimeout) = (time, loggers, Life);
        property.SetValue(test.Options, value);

        var thrown = new Journal<string>();
        Thrown.Value = thrown;
        List<string> problems = [];
        var began = TimeProvider.System.GetTimestamp();
        try
        {
            // Some starts wait for ever, as they are told to.
            using var enough = new CancellationTokenSource(Patience);
            await using var client = await Halyard.Client.StartAsync(options, enough.Token).WaitAsync(Patience);
            for (var i = 0; i < 3; i++)
            {
                await client.BoolVariationAsync("flag", Context.New("user-1"), false).AsTask().WaitAsync(Patience);
                client.BoolVariation("flag", Context.New("user-2"), false);
                client.Track("seen", Context.New("user-1"));
                test.Change?.Invoke();
                await Task.Delay(Life / 3);
            }

            if (client.DataSourceStatus.Current.State == DataSourceState.Off)
            {
                problems.Add($"the source has ended: {client.DataSourceStatus.Current.LastError?.Message}");
            }

            await client.DisposeAsync().AsTask().WaitAsync(Patience);
        }
        catch (ArgumentException e)
        {
            return e.Message.Contains(property.Name, StringComparison.Ordinal) ? [] : [Named(e.Message)];
        }
        catch (Exception e)
        {
            problems.Add(e.ToString());
        }

        problems.AddRange(time.Faults.Entries);
        problems.AddRange(thrown.Entries);
        problems.AddRange(logs.GetSnapshot().Where(record => record.Level >= LogLevel.Error).Select(record => $"logged {record.Message} {record.Exception}"));

        // At the shortest interval a loop goes round once in a millisecond; one that never waits does so far more often.
        var most = 300 + (10 * TimeProvider.System.GetElapsedTime(began).TotalMilliseconds);
        if (time.Calls > most || test.Calls() > most)
        {
            problems.Add($"a loop does not wait: {time.Calls} timers and {test.Calls()} requests");
        }

        return [.. problems.Select(Named)];

        string Named(string problem) => $"{property.DeclaringType!.Name}.{property.Name} = {value}: {problem}";
    }

    private static Type Plain(PropertyInfo property) => Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;

    private static IEnumerable? ExtremesOf(Type type) =>
        type == typeof(TimeSpan) ? Times()
        : type == typeof(int) ? new[] { 0, -1, 1, int.MinValue, int.MaxValue }
        : type == typeof(long) ? new[] { 0, -1, 1, int.MaxValue, long.MinValue, long.MaxValue }
        : type == typeof(double) ? new[] { 0, -1, 1, double.Epsilon, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.MaxValue }
        : type == typeof(float) || type == typeof(decimal) || (type.IsPrimitive && type != typeof(bool) && type != typeof(char))
            ? throw new NotSupportedException($"There are no extremes of {type} yet.")
            : null;

    private static TimeSpan[] Times() =>
    [
        TimeSpan.Zero, Timeout.InfiniteTimeSpan, TimeSpan.FromTicks(-1), TimeSpan.FromSeconds(-5), TimeSpan.FromTicks(1), TimeSpan.FromTicks(9_999),
        TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(24), TimeSpan.FromMilliseconds(int.MaxValue), TimeSpan.FromMilliseconds(uint.MaxValue - 1d),
        TimeSpan.FromMilliseconds(uint.MaxValue), TimeSpan.FromDays(60), TimeSpan.FromDays(3650), TimeSpan.MaxValue, TimeSpan.MinValue,
    ];

    private static void OnThrown(object? sender, FirstChanceExceptionEventArgs e)
    {
        if (Thrown.Value is { } journal && e.Exception is ArgumentException or OverflowException or ArithmeticException or NullReferenceException
            or IndexOutOfRangeException or OutOfMemoryException or InvalidCastException)
        {
            Thrown.Value?.Add($"thrown {e.Exception}");
        }
    }
}
