using Halyard.Concurrency;
using Halyard.DataComponents;
using Halyard.DataInterfaces;

namespace Halyard.DataSystems;

/// <summary>
/// One request to the store, by awaiting or on the calling thread: it is counted, and its answer goes where answers go.
/// Nothing is thrown, since a failure is the store's and not the caller's. Thread-safe.
/// </summary>
/// <param name="reader">The store; not disposed.</param>
/// <param name="cache">Where the order of the reads is kept.</param>
/// <param name="tracker">What knows the time by which freshness is judged.</param>
/// <param name="answers">Where answers go.</param>
/// <param name="counters">What counts requests.</param>
internal sealed class StoreRequests(
    IDataReader reader, LazyCache cache, ExpirationTracker tracker, StoreAnswers answers, LazyLoadCounters counters)
{
    /// <summary>Asks the store and stores the answer. Continues in the caller's context.</summary>
    /// <param name="read">What is asked for; with <paramref name="keys"/>, the first of several items of its kind.</param>
    /// <param name="keys">The keys of all items; null to ask for <paramref name="read"/> alone.</param>
    /// <param name="isDemanded">Whether readers want it.</param>
    /// <param name="limit">Ends the request; a reader that ignores it is no longer waited for.</param>
    /// <returns>The failure; null when there was none.</returns>
    public async ValueTask<Exception?> AskAsync(StoreRead read, string[]? keys, bool isDemanded, CancellationToken limit)
    {
        var timer = FetchTimer.Start(read, tracker, cache, counters);
        try
        {
            switch (read.Scope)
            {
                case StoreReadScope.Item when keys is not null:
                    var items = reader.LargestBatch > 1
                        ? await BoundedAsync(reader.GetManyAsync(read.Kind, keys, limit), limit).ConfigureAwait(true)
                        : Picked(keys, await BoundedAsync(reader.AllAsync(read.Kind, limit), limit).ConfigureAwait(true));
                    answers.StoreItems(read.Kind, keys, items, timer, isDemanded);
                    break;
                case StoreReadScope.Item:
                    Store(read, await BoundedAsync(reader.GetAsync(read.Kind, read.Key, limit), limit).ConfigureAwait(true), timer, isDemanded);
                    break;
                case StoreReadScope.Kind:
                    var whole = await BoundedAsync(reader.AllAsync(read.Kind, limit), limit).ConfigureAwait(true);
                    answers.StoreWhole(read.Kind, whole, timer, isDemanded);
                    break;
                default:
                    var marker = await BoundedAsync(reader.InitializedAsync(limit), limit).ConfigureAwait(true);
                    answers.StoreMarker(marker, timer);
                    break;
            }

            return null;
        }
        catch (Exception e)
        {
            return e;
        }
        finally
        {
            timer.End();
        }
    }

    /// <summary>Whether <see cref="AskHere"/> may be called now.</summary>
    public bool CanAskHere
    {
        get
        {
            try
            {
                return reader.CanGet;
            }
            catch (Exception)
            {
                // The store is somebody else's code, which may break its promise not to throw. The other way tells why.
                return false;
            }
        }
    }

    /// <summary>Asks the store for items on the calling thread, and stores the answer.</summary>
    /// <param name="read">The item; with <paramref name="keys"/>, the first of several of its kind.</param>
    /// <param name="keys">The keys of all items; null to ask for <paramref name="read"/> alone.</param>
    /// <param name="limit">The longest time to block.</param>
    /// <returns>The failure; null when there was none.</returns>
    public Exception? AskHere(StoreRead read, string[]? keys, TimeSpan limit)
    {
        var timer = FetchTimer.Start(read, tracker, cache, counters);
        try
        {
            if (keys is null)
            {
                Store(read, reader.Get(read.Kind, read.Key, limit), timer, isDemanded: true);
            }
            else
            {
                answers.StoreItems(read.Kind, keys, reader.GetMany(read.Kind, keys, limit), timer, isDemanded: true);
            }

            return null;
        }
        catch (Exception e)
        {
            return e;
        }
        finally
        {
            timer.End();
        }
    }

    private void Store(StoreRead read, ReadItem item, in FetchTimer timer, bool isDemanded)
    {
        var key = read.Key;
        answers.StoreItems(read.Kind, new(in key), new(in item), timer, isDemanded);
    }

    private static ReadItem[] Picked(string[] keys, ReadItems all)
    {
        if (ReferenceEquals(all, ReadItems.Pending))
        {
            return [.. Enumerable.Repeat(ReadItem.Pending, keys.Length)];
        }

        var items = all.Items.ToDictionary(static item => item.Key, StringComparer.Ordinal);
        var malformed = all.MalformedKeys.ToHashSet(StringComparer.Ordinal);
        return Array.ConvertAll(keys, key => items.TryGetValue(key, out var item) ? ReadItem.Of(item)
            : malformed.Contains(key) ? ReadItem.Malformed
            : ReadItem.Absent);
    }

    // A reader that ignores its token is no longer waited for after the time; its late failure is observed.
    private static async ValueTask<T> BoundedAsync<T>(ValueTask<T> answer, CancellationToken limit)
    {
        if (answer.IsCompleted)
        {
            return await answer.ConfigureAwait(true);
        }

        var task = answer.AsTask();
        try
        {
            return await task.WaitAsync(limit).ConfigureAwait(true);
        }
        catch (OperationCanceledException)
        {
            Unwaited.Observe(task);
            throw;
        }
    }
}
