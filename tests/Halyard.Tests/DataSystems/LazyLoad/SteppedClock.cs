using System.Collections.Concurrent;
using Halyard.Concurrency;
using Microsoft.Extensions.Time.Testing;

namespace Halyard.Tests.LazyLoading;

/// <summary>A clock that a test sets, and that counts the steps of the loops that use it.</summary>
internal sealed class SteppedClock : FakeTimeProvider, ICheckpoints
{
    private readonly ConcurrentDictionary<string, int> _passes = new();

    public void Pass(string step) => _passes.AddOrUpdate(step, 1, static (_, passes) => passes + 1);

    /// <summary>How often a loop has come to the step.</summary>
    public int PassesOf(string step) => _passes.GetValueOrDefault(step);
}
