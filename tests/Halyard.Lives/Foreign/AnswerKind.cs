namespace Halyard.Lives.Foreign;

/// <summary>How an answer ends, or why there is none.</summary>
internal enum AnswerKind
{
    /// <summary>It is whole; a stream stays open.</summary>
    Whole,

    /// <summary>The connection is refused.</summary>
    Refused,

    /// <summary>It is cut at some byte, with a reset.</summary>
    Reset,

    /// <summary>It ends at some byte, in order.</summary>
    Short,

    /// <summary>Nothing comes.</summary>
    Silent,

    /// <summary>Nothing comes after some byte.</summary>
    Hung,

    /// <summary>Nothing comes, and its cancellation breaks it otherwise than a cancellation does.</summary>
    BreaksAsItIsCancelled,

    /// <summary>Nothing comes, whoever cancels it.</summary>
    NeverEnds,

    /// <summary>What should send it throws.</summary>
    Throws,
}
