namespace Halyard.Migrations;

/// <summary>One thing of each origin.</summary>
internal readonly record struct PerOrigin<T>(T Old, T New)
{
    public T this[MigrationOrigin origin] => origin == MigrationOrigin.Old ? Old : New;

    public PerOrigin<T> With(MigrationOrigin origin, T value) => origin == MigrationOrigin.Old ? this with { Old = value } : this with { New = value };
}
