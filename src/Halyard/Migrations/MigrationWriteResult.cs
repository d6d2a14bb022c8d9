namespace Halyard;

/// <summary>What a write of a migration did.</summary>
/// <typeparam name="T">The answer's type.</typeparam>
/// <param name="Authoritative">The origin that counts, which was written first.</param>
/// <param name="NonAuthoritative">The other one; null when it was not written: at this stage it is not, or the first write failed.</param>
public readonly record struct MigrationWriteResult<T>(MigrationResult<T> Authoritative, MigrationResult<T>? NonAuthoritative)
{
    /// <summary>Whether the write that counts succeeded.</summary>
    public bool IsSuccess => Authoritative.IsSuccess;
}
