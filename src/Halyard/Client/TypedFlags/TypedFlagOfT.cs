using Halyard.TypedFlags;

namespace Halyard;

/// <summary>
/// A flag's key, its type and its default in one place, for all that read it. Made by <see cref="TypedFlag"/>, or by Halyard.Generators of a
/// flag file. Immutable and thread-safe.
/// </summary>
/// <typeparam name="T">What the flag's values are.</typeparam>
public sealed class TypedFlag<T>
{
    internal TypedFlag(string key, T defaultValue, TypedRead<T> read, TypedReadAsync<T> readAsync)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        Key = key;
        DefaultValue = defaultValue;
        Read = read;
        ReadAsync = readAsync;
    }

    /// <summary>The flag's key.</summary>
    public string Key { get; }

    /// <summary>Served when there is no better answer.</summary>
    public T DefaultValue { get; }

    internal TypedRead<T> Read { get; }

    internal TypedReadAsync<T> ReadAsync { get; }

    /// <summary>The same flag with another default.</summary>
    public TypedFlag<T> WithDefault(T defaultValue) => new(Key, defaultValue, Read, ReadAsync);

    /// <summary>The key.</summary>
    public override string ToString() => Key;
}
