using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace Halyard;

/// <summary>The client's own checks, at the start of the host and not at the first read of a flag. Thread-safe.</summary>
internal sealed class ClientOptionsValidation : IValidateOptions<ClientOptions>
{
    // Which client keeps its snapshot in which file: two would take turns to throw each other's away.
    private readonly ConcurrentDictionary<string, string> _snapshots = new(StringComparer.Ordinal);

    public ValidateOptionsResult Validate(string? name, ClientOptions options)
    {
        var client = name ?? Options.DefaultName;
        var title = ClientRegistration.TitleOf(client);
        try
        {
            options.Validate();
        }
        catch (ArgumentException e)
        {
            return ValidateOptionsResult.Fail($"{title} cannot start: {e.Message}");
        }

        if (options is { Offline: false, Snapshot.Path: { } path } && _snapshots.GetOrAdd(Path.GetFullPath(path), client) is var owner && owner != client)
        {
            return ValidateOptionsResult.Fail(
                $"{title} cannot start: its Snapshot.Path is '{path}', where {ClientRegistration.TitleOf(owner)} keeps its own; give each a file.");
        }

        return ValidateOptionsResult.Success;
    }
}
