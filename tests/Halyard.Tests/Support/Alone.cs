namespace Halyard.Tests.Support;

/// <summary>
/// The tests that measure the whole process or what threads share, such as the heap, pools and elapsed time. They run when
/// no other test does, so that they measure the code alone.
/// </summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
