namespace Halyard;

/// <summary>What to do when the service answers with a status that retrying soon will not mend, such as 401.</summary>
public enum UnexpectedStatusPolicy : byte
{
    /// <summary>Release a waiting start at once with the error, and try again slowly: after 5 minutes, doubling to 1 hour.</summary>
    RetrySlowly,

    /// <summary>End in the state Off: the classic behaviour.</summary>
    Stop,
}
