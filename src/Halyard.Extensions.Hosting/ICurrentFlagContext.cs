namespace Halyard;

/// <summary>
/// Tells whom flags are evaluated for where the code that asks has no context at hand, such as behind another library's interface.
/// <c>Halyard.AspNetCore</c> registers the one of the current request. Thread-safe.
/// </summary>
public interface ICurrentFlagContext
{
    /// <summary>The context of what is going on; null outside of it.</summary>
    Context? Current { get; }
}
