using System.Diagnostics;
using System.Globalization;
using Halyard;

// The first start in a process, told by that process: what is done, the service's address, the flags it has, and the clock of
// whoever started the process from before that (one clock serves the machine). Prints milliseconds from the process's start and
// from the call, and the most that was resident, in MB.
var (what, address, flags, processStarted) = (args[0], new Uri(args[1]), int.Parse(args[2], CultureInfo.InvariantCulture), long.Parse(args[3], CultureInfo.InvariantCulture));
var called = Stopwatch.GetTimestamp();
object? started = what switch
{
    "halyard-fdv1" => await StartAsync(ProtocolVersion.Fdv1),
    "halyard-fdv2" => await StartAsync(ProtocolVersion.Fdv2),
    "http" => await TransferAsync(),
    _ => null,
};
var now = Stopwatch.GetTimestamp();
const string Peak = "VmHWM:";
var line = File.ReadLines("/proc/self/status").First(static line => line.StartsWith(Peak, StringComparison.Ordinal));
var peak = double.Parse(line[Peak.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * 1024 / 1e6;
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{Stopwatch.GetElapsedTime(processStarted, now).TotalMilliseconds} {Stopwatch.GetElapsedTime(called, now).TotalMilliseconds} {peak}"));
GC.KeepAlive(started);
return 0;

async Task<object> StartAsync(ProtocolVersion protocol)
{
    var client = await Client.StartAsync(new()
    {
        SdkKey = "sdk-bench",
        Endpoints = ServiceEndpoints.At(address),
        DataSystem = DataSystem.Streaming(protocol),
        StartTimeout = TimeSpan.FromMinutes(1),
    });
    return client.Store.AllFlags().Count == flags ? client : throw new InvalidOperationException($"The client has not got its {flags} flags.");
}

// What the platform needs for the same bytes.
async Task<object> TransferAsync()
{
    var http = new HttpClient();
    using var response = await http.GetAsync(new Uri(address, "/bytes"), HttpCompletionOption.ResponseHeadersRead);
    await using var body = await response.Content.ReadAsStreamAsync();
    var chunk = new byte[32 * 1024];
    while (await body.ReadAsync(chunk) > 0)
    {
    }

    return http;
}
