namespace Halyard;

public sealed partial class Context
{
    /// <summary>
    /// Joins contexts of different kinds. One member gives that member; multi-contexts among the members are
    /// flattened; none, or two of one kind, is invalid.
    /// </summary>
    public static Context Multi(params ReadOnlySpan<Context> members) => throw new NotImplementedException();

    /// <summary>Equality of everything, the order of attributes aside.</summary>
    public bool Equals(Context? other) => throw new NotImplementedException();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Context);

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(FullyQualifiedKey, StringComparison.Ordinal);
}
