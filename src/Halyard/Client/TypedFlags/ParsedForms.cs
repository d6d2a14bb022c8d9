namespace Halyard.TypedFlags;

/// <summary>What became of one JSON value, by the description of the type. Thread-safe.</summary>
/// <remarks>
/// A value is read as a type or two. Who makes new descriptions at every call, which is a mistake, finds the older forms gone and costs no memory.
/// </remarks>
internal sealed class ParsedForms
{
    /// <summary>How many forms are kept; with one more, those before it go.</summary>
    internal const int MostForms = 8;

    private ParsedForm? _newest;

    /// <summary>The newest form, which leads to the others; null while there is none.</summary>
    public ParsedForm? Newest => Volatile.Read(ref _newest);

    /// <summary>Puts a form before those that it was made to follow. False when another one came first.</summary>
    public bool TryAdd(ParsedForm form, ParsedForm? before) =>
        ReferenceEquals(Interlocked.CompareExchange(ref _newest, form, before), before);
}
