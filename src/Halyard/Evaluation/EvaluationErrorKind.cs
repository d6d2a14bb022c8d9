namespace Halyard;

/// <summary>What went wrong in an evaluation.</summary>
public enum EvaluationErrorKind : byte
{
    /// <summary>Nothing went wrong.</summary>
    None,

    /// <summary>No flag data has arrived yet.</summary>
    ClientNotReady,

    /// <summary>No such flag.</summary>
    FlagNotFound,

    /// <summary>The flag's data contradicts itself.</summary>
    MalformedFlag,

    /// <summary>The context is null or invalid.</summary>
    UserNotSpecified,

    /// <summary>The variation is not of the type asked for.</summary>
    WrongType,

    /// <summary>An unexpected error; see the log.</summary>
    Exception,
}
