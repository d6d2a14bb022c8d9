using Halyard.Model;

namespace Halyard.Cli;

/// <summary>Changes single items on request: checks them, gives them a version, and writes them back to the file if that is wanted.</summary>
/// <param name="repository">What is changed.</param>
/// <param name="writeBack">Writes a change to the flag file; null leaves files alone.</param>
internal sealed class FlagEditor(FlagRepository repository, FileWriteBack? writeBack = null)
{
    /// <summary>Creates or replaces an item.</summary>
    /// <exception cref="MalformedDataException">The JSON is not such an item.</exception>
    /// <exception cref="WriteBackException">The file could not be written; nothing changed.</exception>
    public RepositoryItem Put(DataKind kind, string key, ReadOnlyMemory<byte> json) =>
        repository.Edit(kind, key, _ => ItemJson.ReadWhole(kind, key, json), BeforeCommit)!;

    /// <summary>Replaces some top-level properties of an item; null when there is no such item.</summary>
    /// <exception cref="MalformedDataException">The outcome is not such an item.</exception>
    /// <exception cref="WriteBackException">The file could not be written; nothing changed.</exception>
    public RepositoryItem? Patch(DataKind kind, string key, ReadOnlyMemory<byte> changes) =>
        EditExisting(kind, key, held => ItemJson.ReadMerged(kind, key, held.Json, changes));

    /// <summary>Deletes an item; null when there is no such item.</summary>
    /// <exception cref="WriteBackException">The file could not be written; nothing changed.</exception>
    public RepositoryItem? Delete(DataKind kind, string key) =>
        EditExisting(kind, key, held => ItemDescriptor.Tombstone(kind, key, FlagRepository.Above(held.Version)));

    private Action<RepositoryItem?, RepositoryItem>? BeforeCommit => writeBack is null ? null : writeBack.Write;

    private RepositoryItem? EditExisting(DataKind kind, string key, Func<RepositoryItem, ItemDescriptor> change)
    {
        var exists = true;
        var item = repository.Edit(
            kind,
            key,
            held =>
            {
                exists = held is not null;
                return held is null ? ItemDescriptor.Tombstone(kind, key, 0) : change(held);
            },
            BeforeCommit);
        return exists ? item : null;
    }
}
