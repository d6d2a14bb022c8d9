namespace Halyard.Lives.Plan;

/// <summary>Where a life's client has its data from.</summary>
internal enum LifeKind
{
    Streaming1,
    Streaming2,
    Polling1,
    Polling2,
    Chain1,
    Chain2,
    File,
    TestData,
    Custom,
    LazyLoad,
    StoreFirst,
    Record,
    Offline,
}
