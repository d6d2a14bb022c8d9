using System.Diagnostics.CodeAnalysis;

namespace Halyard;

/// <summary>What one origin of a migration gave.</summary>
/// <typeparam name="T">The answer's type.</typeparam>
public readonly record struct MigrationResult<T>
{
    internal MigrationResult(MigrationOrigin origin, T? value, Exception? error)
    {
        Origin = origin;
        Value = value;
        Error = error;
    }

    /// <summary>Which origin.</summary>
    public MigrationOrigin Origin { get; }

    /// <summary>The answer; the type's default after a failure.</summary>
    public T? Value { get; }

    /// <summary>Why it failed; null after a success.</summary>
    public Exception? Error { get; }

    /// <summary>Whether it succeeded.</summary>
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsSuccess => Error is null;

    /// <summary>The answer, or the origin's own exception.</summary>
    public T GetValueOrThrow()
    {
        if (Error is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(Error);
        }

        return Value!;
    }
}
