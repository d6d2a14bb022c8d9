using Halyard;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace WebApp.Tests;

/// <summary>The application with something of a test's in place of its client. A test makes its own, so that tests run side by side.</summary>
internal sealed class Shop(Action<IServiceCollection> replace) : WebApplicationFactory<Program>
{
    /// <summary>With flags of the test's own; nothing of the application's settings is used for them.</summary>
    public Shop(TestData flags)
        : this(services => services.AddHalyardTestData(flags))
    {
    }

    /// <summary>With another client.</summary>
    public Shop(IHalyardClient flags)
        : this(services => services.ReplaceHalyard(flags))
    {
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder) =>
        builder.ConfigureTestServices(replace).ConfigureLogging(logging => logging.ClearProviders());
}
