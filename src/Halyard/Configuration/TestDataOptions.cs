namespace Halyard;

/// <summary>Flag data from a <see cref="TestData"/>.</summary>
public sealed class TestDataOptions : SourceOptions
{
    /// <summary>Makes the options.</summary>
    /// <param name="data">The data; it may feed several clients.</param>
    public TestDataOptions(TestData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        Data = data;
    }

    /// <summary>The data.</summary>
    internal TestData Data { get; }

    internal override void Validate(ClientOptions options)
    {
    }
}
