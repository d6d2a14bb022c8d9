namespace Halyard;

/// <summary>The names of a store's two tables.</summary>
/// <param name="Schema">Their schema; null for the first of the search path.</param>
/// <param name="Items">The table of the items, not quoted.</param>
internal sealed record PostgresNames(string? Schema, string Items)
{
    public string QuotedItems => Quoted(Items);

    public string QuotedBigSegments => Quoted(Items + "_big_segments");

    private string Quoted(string table) => Schema is null ? Quote(table) : Quote(Schema) + "." + Quote(table);

    private static string Quote(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
}
