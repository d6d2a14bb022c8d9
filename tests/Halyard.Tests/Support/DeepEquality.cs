using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using Halyard.Model;

namespace Halyard.Tests.Support;

/// <summary>Compares model objects by all they hold, internal members included; the model itself has no such equality.</summary>
internal static class DeepEquality
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> Properties = new();

    /// <summary>Fails with the path of the first difference.</summary>
    public static void Check(object? expected, object? actual)
    {
        if (Difference(expected, actual, "") is { } difference)
        {
            Assert.Fail(difference);
        }
    }

    private static string? Difference(object? expected, object? actual, string path)
    {
        if (expected is null || actual is null)
        {
            return expected is null && actual is null ? null : Told(expected, actual, path);
        }

        return expected switch
        {
            string or Value or AttributeReference or Enum => expected.Equals(actual) ? null : Told(expected, actual, path),
            _ when expected.GetType().IsPrimitive => expected.Equals(actual) ? null : Told(expected, actual, path),
            IEnumerable elements => ElementDifference([.. elements.Cast<object?>()], [.. ((IEnumerable)actual).Cast<object?>()], path),
            _ => MemberDifference(expected, actual, path),
        };
    }

    private static string? ElementDifference(object?[] expected, object?[] actual, string path)
    {
        if (expected.Length != actual.Length)
        {
            return $"{path}: expected {expected.Length} elements, found {actual.Length}";
        }

        return expected.Zip(actual).Select((pair, i) => Difference(pair.First, pair.Second, $"{path}[{i}]")).FirstOrDefault(d => d is not null);
    }

    private static string? MemberDifference(object expected, object actual, string path)
    {
        if (expected.GetType() != actual.GetType())
        {
            return Told(expected.GetType(), actual.GetType(), path);
        }

        var properties = Properties.GetOrAdd(expected.GetType(), type =>
        [
            .. type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
                .Where(property => property.GetIndexParameters().Length == 0
                    && !property.PropertyType.IsByRefLike
                    && property.Name is not ("EqualityContract" or nameof(Clause.Test))),
        ]);
        return properties
            .Select(property => Difference(property.GetValue(expected), property.GetValue(actual), $"{path}.{property.Name}"))
            .FirstOrDefault(d => d is not null);
    }

    private static string Told(object? expected, object? actual, string path) => $"{path}: expected {expected ?? "null"}, found {actual ?? "null"}";
}
