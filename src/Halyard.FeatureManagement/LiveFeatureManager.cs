using Microsoft.FeatureManagement;

namespace Halyard;

/// <summary>Answers as the flags are now. Thread-safe.</summary>
internal sealed class LiveFeatureManager(FeatureReader reader) : FeatureManagerBase(reader)
{
    protected override ValueTask<FeatureAnswer> AnswerAsync(
        string question, string feature, Context context, Func<FeatureManager, Task<FeatureAnswer>> ofConfiguration, CancellationToken cancellationToken) =>
        Reader.ReadAsync(feature, context, ofConfiguration, cancellationToken);
}
