namespace Halyard.Concurrency;

/// <summary>Fetches that go to the store in one request; often only one.</summary>
/// <param name="Fetches">The fetches, at least one.</param>
/// <param name="Group">The group that counts the request as under way; null when none does.</param>
/// <param name="HasFailed">Whether it was asked for once already, in vain.</param>
internal readonly record struct FetchBatch<TKey, TResult>(PendingFetch<TKey, TResult>[] Fetches, FetchGroup<TKey, TResult>? Group, bool HasFailed = false)
    where TKey : notnull;
