// A web application with flags: gates in front of endpoints, a flag in a handler, and the bootstrap of its front end.
// Try it: dotnet run --project samples/Web, then curl -H 'X-Plan: pro' localhost:5000/reports
using Halyard;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddHalyard(options => options.DataSystem = DataSystem.File(Path.Combine(AppContext.BaseDirectory, "flags.json")));
builder.Services.AddHalyardContext(options =>
{
    // A header stands in for the sign-in that a sample does without; an application takes it from a claim: options.Claims["plan"] = "plan".
    options.Headers["plan"] = "X-Plan";
    options.AnonymousKey = http => http.Request.Cookies["visitor"];
});

var app = builder.Build();
app.MapGet("/", (RequestFlags flags) => flags.StringVariation("greeting", "Hello"));

// Closed, these are not there at all: status 404, before anything of the request is read.
var reports = app.MapGroup("/reports").RequireFlag("new-reports");
reports.MapGet("/", () => "All reports");
reports.MapGet("/{id:int}", (int id) => $"Report {id}");

// Closed, this one says so.
app.MapGet("/early", () => "You are early").RequireFlag("early-access", Results.Text("Not yet", statusCode: StatusCodes.Status403Forbidden));

app.MapHalyardBootstrap();
app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine(string.Join(' ', app.Urls)));
await app.RunAsync();
