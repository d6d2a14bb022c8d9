// One client for each environment, each under its name: with settings, data, health and log of its own.
using Halyard;

var builder = WebApplication.CreateBuilder(args);
foreach (var environment in new[] { "eu", "us" })
{
    builder.Services.AddHalyard(environment, builder.Configuration.GetSection($"Halyard:{environment}"));
    builder.Services.AddHealthChecks().AddHalyard(client: environment);
}

var app = builder.Build();
app.MapHealthChecks("/health");
app.MapGet("/eu/provider/{user}", (string user, [FromKeyedServices("eu")] IHalyardClient flags) => Provider(flags, user));
app.MapGet("/us/provider/{user}", (string user, [FromKeyedServices("us")] IHalyardClient flags) => Provider(flags, user));
app.Run();

static string Provider(IHalyardClient flags, string user) => flags.StringVariation("payment-provider", Context.New(user), "none");
