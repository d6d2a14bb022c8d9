using System.Collections;
using System.Globalization;
using System.Reflection;

namespace Halyard.Tests.House;

/// <summary>Holds the reference's tables against the code, so that neither leaves the other behind.</summary>
public sealed class ReferencePagesTests
{
    private static readonly IReadOnlyList<MarkdownPage> Pages = [.. MarkdownPage.All
        .Where(path => path.StartsWith("docs/reference/", StringComparison.Ordinal)).Select(MarkdownPage.At)];

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
    public void No_table_is_about_a_class_that_is_not_there()
    {
        var heads = Pages.SelectMany(page => page.Rows()).Where(cells => cells is [['`', ..], "default", ..]).Select(cells => cells[0].Split('`')[1]).ToList();
        Assert.Equal(All().Select(type => type.Name.Split('`')[0]).Order(StringComparer.Ordinal), heads.Order(StringComparer.Ordinal));
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
        var rows = Pages.SelectMany(page => page.Table(line => line.StartsWith($"| `{name}`", StringComparison.Ordinal) && line.Contains("| default |", StringComparison.Ordinal))).ToList();
        Assert.True(rows.Count > 0, $"The reference has no table of {name}.");
        return rows.ToDictionary(cells => cells[0].Trim('`'), cells => cells[1]);
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
