using Halyard;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

// A web application with a flag client, and a request that does not end when it is told to. Arguments: where events go,
// and where the snapshot is kept.
var builder = WebApplication.CreateSlimBuilder();
builder.WebHost.UseUrls("http://127.0.0.1:0");
builder.Services.Configure<HostOptions>(static options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(500));
builder.Services.AddHalyard(options =>
{
    options.SdkKey = "sdk-hosted";
    options.DataSystem = DataSystem.TestData(new TestData().Update(TestData.Flag("on").VariationForAll(true)));
    options.Endpoints.Events = new(args[0]);
    options.Events = new() { FlushInterval = TimeSpan.FromHours(1), Diagnostics = false };
    options.Snapshot = new() { Path = args[1], Interval = TimeSpan.FromHours(1) };
});

var app = builder.Build();
app.MapGet("/stuck", static async (Client client) =>
{
    client.Track("stuck-request", Context.New("user-1"));
    await Console.Out.WriteLineAsync("stuck");
    await Task.Delay(Timeout.Infinite);
});
app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine(string.Join(' ', app.Urls)));
await app.RunAsync();
Console.WriteLine("ended");
