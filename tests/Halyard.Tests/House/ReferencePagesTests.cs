using System.Collections;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Reflection;
using Halyard.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace Halyard.Tests;

/// <summary>Holds the README's tables against the code, so that neither leaves the other behind.</summary>
public sealed class ReadmeTests
{
    private static readonly string[] Readme = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "data", "README.md"));

    private static readonly SqliteStore Store = new("flags.db");

    public static TheoryData<string> OptionClasses => [.. All().Select(type => type.Name)];

    [Theory]
    [MemberData(nameof(OptionClasses))]
    public void Every_option_stands_in_its_table_with_the_default_it_has(string name)
    {
        var type = All().Single(type => type.Name == name);
        var rows = Table(name.Split('`')[0]);
        var properties = Properties(type);
        Assert.Equal(properties.Select(property => property.Name).Order(StringComparer.Ordinal), rows.Keys.Order(StringComparer.Ordinal));
        var options = Make(type);
        foreach (var property in properties)
        {
            var row = rows[property.Name];
            if (Default(property, options) is { } text)
            {
                Assert.Equal((property.Name, text), (property.Name, row));
            }
            else
            {
                Assert.NotEqual("", row);
            }
        }
    }

    [Fact]
    public void Every_instrument_of_the_meter_is_listed()
    {
        var instruments = new List<string>();
        using var listener = new MeterListener();
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var metrics = HalyardMetrics.Of(services.GetRequiredService<IMeterFactory>());
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter == metrics.CacheHits.Meter)
            {
                instruments.Add(instrument.Name);
            }
        };
        listener.Start();
        Assert.NotEmpty(instruments);
        Assert.Equal(
            instruments.Order(StringComparer.Ordinal),
            Readme.Where(line => line.StartsWith("| `halyard.", StringComparison.Ordinal)).Select(line => line.Split('`')[1]).Order(StringComparer.Ordinal));
    }

    // By their names, so that a new class of options needs its table too.
    private static IEnumerable<Type> All() =>
        new[] { typeof(Client), typeof(RedisStore), typeof(DynamoDBStore), typeof(SqliteStore), typeof(PostgresStore), typeof(ConsulStore), typeof(YamlFlagFile), typeof(ClientHealthCheck), typeof(OfrepOptions), typeof(RequestFlags), typeof(FeatureOptions) }
            .SelectMany(type => type.Assembly.GetExportedTypes())
            .Where(type => type is { IsClass: true, IsAbstract: false } && type.Name.Split('`')[0].EndsWith("Options", StringComparison.Ordinal))
            .Append(typeof(ServiceEndpoints))
            .Append(typeof(SqliteStore))
            .Where(type => Properties(type).Length > 0);

    private static PropertyInfo[] Properties(Type type) => type.GetProperties(BindingFlags.Instance | BindingFlags.Public);

    private static object Make(Type type) =>
        type == typeof(LazyLoadOptions) ? new LazyLoadOptions(Store)
        : type == typeof(WriteThroughOptions) ? new WriteThroughOptions(Store)
        : type == typeof(BigSegmentsOptions) ? new BigSegmentsOptions(Store.OpenBigSegments)
        : type == typeof(SqliteStore) ? Store
        : Activator.CreateInstance(type.IsGenericType ? type.MakeGenericType([.. type.GetGenericArguments().Select(_ => typeof(int))]) : type)!;

    /// <summary>The rows of the table whose head names the class: names and defaults.</summary>
    private static Dictionary<string, string> Table(string name)
    {
        var head = Array.FindIndex(Readme, line => line.StartsWith($"| `{name}`", StringComparison.Ordinal) && line.Contains("| default |", StringComparison.Ordinal));
        Assert.True(head >= 0, $"The README has no table of {name}.");
        return Readme.Skip(head + 2).TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .ToDictionary(cells => cells[1].Trim('`'), cells => cells[2]);
    }

    /// <summary>A default as the tables write it; null when it is none that one word can tell.</summary>
    private static string? Default(PropertyInfo property, object options)
    {
        var value = options.GetType().GetProperty(property.Name)!.GetValue(options);
        return value switch
        {
            _ when !property.CanWrite && value is string or not IEnumerable => "required",
            _ when property.GetCustomAttribute<System.Runtime.CompilerServices.RequiredMemberAttribute>() is not null => "required",
            null or "" => "none",
            string text => $"`{text}`",
            bool flag => flag ? "true" : "false",
            int number => number.ToString("N0", CultureInfo.InvariantCulture),
            long bytes => bytes % (1 << 20) == 0 ? $"{bytes >> 20} MiB" : $"{bytes >> 10} KiB",
            double number => number.ToString(CultureInfo.InvariantCulture),
            TimeSpan time => Text(time),
            Enum choice => $"`{choice}`",
            Uri uri => $"`{uri.OriginalString}`",
            IEnumerable list when !list.Cast<object>().Any() => "none",
            _ => null,
        };
    }

    private static string Text(TimeSpan time) =>
        time < TimeSpan.FromSeconds(1) ? $"{time.TotalMilliseconds} ms"
        : time < TimeSpan.FromMinutes(1) ? $"{time.TotalSeconds} s"
        : $"{time.TotalMinutes} min";
}
