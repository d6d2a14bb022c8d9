namespace Halyard.Simulation.World;

/// <summary>The ways in which a service answers wrongly.</summary>
internal enum ServiceFaultKind
{
    /// <summary>It takes requests and does not answer.</summary>
    Silence,

    /// <summary>It answers with a status.</summary>
    Status,

    /// <summary>It answers with a page for people.</summary>
    Page,

    /// <summary>It answers with JSON that is no data.</summary>
    Json,

    /// <summary>Its answers end in the middle, as if that were their end.</summary>
    CutShort,

    /// <summary>It orders those who speak FDv2 to FDv1, for so many seconds.</summary>
    Fallback,

    /// <summary>It says goodbye after each payload of FDv2.</summary>
    Goodbye,

    /// <summary>Transfers of FDv2 are broken off by an error and begun again.</summary>
    BrokenTransfer,
}
