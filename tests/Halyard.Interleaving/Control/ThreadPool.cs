using Halyard.Interleaving.Engine;

namespace System.Threading;

/// <summary>What the sources use of the platform's type: what is queued runs on a thread of the schedule's.</summary>
internal static class ThreadPool
{
    public static bool UnsafeQueueUserWorkItem<T>(Action<T> work, T state, bool preferLocal) => UnsafeQueueUserWorkItem(new Work<T>(work, state), preferLocal);

    public static bool UnsafeQueueUserWorkItem(IThreadPoolWorkItem work, bool preferLocal)
    {
        _ = preferLocal;
        Schedule.Start("pool", work.Execute);
        return true;
    }

    private sealed class Work<T>(Action<T> work, T state) : IThreadPoolWorkItem
    {
        public void Execute() => work(state);
    }
}
