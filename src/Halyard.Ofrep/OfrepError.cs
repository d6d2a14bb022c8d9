namespace Halyard;

/// <summary>The protocol's words for what went wrong, and the status that goes with each.</summary>
/// <param name="Code">The word.</param>
/// <param name="Status">The status of an answer about this alone.</param>
internal sealed record OfrepError(string Code, int Status)
{
    public static OfrepError Parse { get; } = new("PARSE_ERROR", 400);

    public static OfrepError InvalidContext { get; } = new("INVALID_CONTEXT", 400);

    public static OfrepError NoTargetingKey { get; } = new("TARGETING_KEY_MISSING", 400);

    public static OfrepError NoFlag { get; } = new("FLAG_NOT_FOUND", 404);

    public static OfrepError General { get; } = new("GENERAL", 400);

    public static OfrepError TooLarge { get; } = new("PARSE_ERROR", 413);

    public static OfrepError NotReady { get; } = new("PROVIDER_NOT_READY", 503);

    /// <summary>Why a flag could not be evaluated.</summary>
    public static OfrepError Of(EvaluationErrorKind kind) => kind switch
    {
        EvaluationErrorKind.FlagNotFound => NoFlag,
        EvaluationErrorKind.ClientNotReady => NotReady,
        EvaluationErrorKind.MalformedFlag => Parse,
        EvaluationErrorKind.UserNotSpecified => NoTargetingKey,
        _ => General,
    };
}
