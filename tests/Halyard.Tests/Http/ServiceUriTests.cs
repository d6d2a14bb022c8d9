using Halyard.Http;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.Tests;

public sealed class ServiceUriTests
{
    [Theory]
    [InlineData("https://stream.test", "https://stream.test/all")]
    [InlineData("https://stream.test/", "https://stream.test/all")]
    [InlineData("https://stream.test/a/b", "https://stream.test/a/b/all")]
    [InlineData("https://stream.test/a/b/", "https://stream.test/a/b/all")]
    [InlineData("https://stream.test//", "https://stream.test/all")]
    [InlineData("http://[::1]:8030/x%20y", "http://[::1]:8030/x%20y/all")]
    public void A_path_is_appended_to_the_base_without_a_double_slash(string baseUri, string expected) =>
        Assert.Equal(expected, ServiceUri.Append(new Uri(baseUri), "/all").AbsoluteUri);

    [Theory]
    [InlineData("a", true)]
    [InlineData("Team.1_x-y", true)]
    [InlineData("9", true)]
    [InlineData("", false)]
    [InlineData("-a", false)]
    [InlineData(".a", false)]
    [InlineData("_a", false)]
    [InlineData("a b", false)]
    [InlineData("a\n", false)]
    [InlineData("a/b", false)]
    [InlineData("ä", false)]
    public void A_filter_key_is_checked(string filter, bool valid)
    {
        var log = new FakeLogger();
        Assert.Equal(valid ? "filter=" + filter : null, ServiceUri.FilterQuery(filter, log));
        Assert.Equal(valid ? 0 : 1, log.Collector.Count);
    }

    [Fact]
    public void No_filter_is_no_error() => Assert.Null(ServiceUri.FilterQuery(null, new FakeLogger()));
}
