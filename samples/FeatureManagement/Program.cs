// An application that knows Microsoft.FeatureManagement alone, and whose features are Halyard's flags.
// Try it: dotnet run --project samples/FeatureManagement, then curl -H 'X-User: ada' localhost:5000/
using FeatureManagementSample;
using Halyard;
using Microsoft.FeatureManagement;
using Microsoft.FeatureManagement.AspNetCore;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddHalyard(options => options.DataSystem = DataSystem.File(Path.Combine(AppContext.BaseDirectory, "flags.json")));

// A header stands in for the sign-in that a sample does without.
builder.Services.AddHalyardContext((HttpContext http) => Context.New(http.Request.Headers["X-User"] is [{ Length: > 0 } user] ? user : "visitor"));
builder.Services.AddHalyardFeatureManagement().WithVariantService<IGreeting>("theme");
builder.Services.AddSingleton<IGreeting, DarkGreeting>();
builder.Services.AddSingleton<IGreeting, LightGreeting>();
builder.Services.AddControllersWithViews();

var app = builder.Build();
app.MapGet("/beta", () => "beta").WithFeatureGate("beta");
app.MapGet("/enabled", async (IFeatureManager features) => await features.IsEnabledAsync("beta"));
app.MapGet("/theme", async (IVariantFeatureManagerSnapshot features, CancellationToken token) => (await features.GetVariantAsync("theme", token)).Name);
app.MapGet("/greeting", async (IVariantServiceProvider<IGreeting> greetings, CancellationToken token) => (await greetings.GetServiceAsync(token))?.Text);
app.MapControllerRoute("default", "{controller=Home}/{action=Index}");
app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine(string.Join(' ', app.Urls)));
await app.RunAsync();
