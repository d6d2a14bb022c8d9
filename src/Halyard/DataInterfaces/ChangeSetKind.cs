namespace Halyard;

/// <summary>How a change set relates to the data before it.</summary>
public enum ChangeSetKind : byte
{
    /// <summary>Nothing changed: the data held is up to date.</summary>
    None,

    /// <summary>The items replace the whole data set.</summary>
    Full,

    /// <summary>The items are added to, or replace, those of the same key.</summary>
    Partial,
}
