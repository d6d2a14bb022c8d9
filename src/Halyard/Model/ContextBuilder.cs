namespace Halyard;

/// <summary>Builds a single <see cref="Context"/>. Not thread-safe.</summary>
public sealed class ContextBuilder
{
    internal ContextBuilder(string key) => throw new NotImplementedException();

    /// <summary>Sets the kind; null or empty reads as <c>user</c>.</summary>
    public ContextBuilder Kind(string? kind) => throw new NotImplementedException();

    /// <summary>Sets the name; null removes it.</summary>
    public ContextBuilder Name(string? name) => throw new NotImplementedException();

    /// <summary>Sets whether the context is anonymous.</summary>
    public ContextBuilder Anonymous(bool anonymous) => throw new NotImplementedException();

    /// <summary>Sets an attribute, built-in ones included; a null value removes it.</summary>
    public ContextBuilder Set(string attribute, Value value) => throw new NotImplementedException();

    /// <summary>Marks attributes that analytics must not carry.</summary>
    public ContextBuilder Private(params ReadOnlySpan<string> references) => throw new NotImplementedException();

    /// <summary>Makes the context; an invalid one carries its error.</summary>
    public Context Build() => throw new NotImplementedException();
}
