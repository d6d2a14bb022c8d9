namespace Halyard;

/// <summary>In which order both origins are read, where both are.</summary>
public enum MigrationReadOrder : byte
{
    /// <summary>Both at once.</summary>
    Concurrent,

    /// <summary>One after the other, the one that counts first.</summary>
    Serial,

    /// <summary>One after the other, in an order drawn each time, so that neither always finds warm caches.</summary>
    Random,
}
