// A web application with flags from whatever appsettings.json says: here a file that is watched.
using Halyard;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddHalyard(builder.Configuration.GetSection("Halyard"));
builder.Services.AddHealthChecks().AddHalyard();

var app = builder.Build();
app.MapHealthChecks("/health");
app.MapGet("/checkout/{user}", (string user, IHalyardClient flags) =>
    flags.BoolVariation("checkout-redesign", Context.New(user), defaultValue: false) ? "the new checkout" : "the old checkout");
app.Run();
