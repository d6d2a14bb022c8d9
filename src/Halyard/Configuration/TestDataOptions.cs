using Halyard.DataSystems;

namespace Halyard;

/// <summary>Flag data from a <see cref="TestData"/>.</summary>
public sealed class TestDataOptions : SourceOptions
{
    private readonly TestData _data;

    /// <summary>Makes the options.</summary>
    /// <param name="data">The data; it may feed several clients.</param>
    public TestDataOptions(TestData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        _data = data;
    }

    internal override void Validate(ClientOptions options)
    {
    }

    internal override SourceFactory Prepare(DataSystemContext context) => new("test data", _data.CreateSynchronizer);
}
