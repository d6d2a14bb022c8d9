// A program compiled ahead of time to native code: it reads a flag file and evaluates every flag for one context.
// Usage: NativeAot [flags.json [user-key]]
using Halyard;
using NativeAot;

var file = args.Length > 0 ? args[0] : Path.Combine(AppContext.BaseDirectory, "flags.json");
var context = Context.New(args.Length > 1 ? args[1] : "user-1");

await using var client = await Client.StartAsync(new() { DataSystem = DataSystem.File(file) });
if (!client.Initialized)
{
    Console.Error.WriteLine($"error: {client.DataSourceStatus.Current.LastError?.Message ?? "no data"}");
    return 1;
}

var state = client.AllFlagsState(context, AllFlagsOptions.WithReasons);
foreach (var (key, value) in state.Values)
{
    Console.WriteLine($"{key} = {value} because {state.GetReason(key)}");
}

// The type, the key and the default come from the flag file, when this is compiled.
Console.WriteLine($"typed: {client.Variation(Flags.PaymentProvider, context)}, {client.Variation(Flags.CheckoutRedesign, context)}");
return 0;
