namespace Halyard.Concurrency;

/// <summary>Fetches that go to the store in one request; often only one.</summary>
/// <param name="Fetches">The fetches, at least one.</param>
/// <param name="Group">The group that counts the request as under way; null when none does.</param>
internal readonly record struct FetchBatch<TKey, TResult>(PendingFetch<TKey, TResult>[] Fetches, FetchGroup<TKey, TResult>? Group)
    where TKey : notnull;
