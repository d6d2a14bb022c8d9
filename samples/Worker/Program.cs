// A worker that fetches flags from a store as it asks for them (Lazy Load). Fill the store first, and keep it filled:
//   halyard sync --file samples/flags.json --sqlite flags.db --follow
using Halyard;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddSingleton<IPersistentStore>(new SqliteStore(builder.Configuration["Store"] ?? "flags.db"));
builder.Services.AddHalyard(builder.Configuration.GetSection("Halyard"));
builder.Services.AddHostedService<PaymentWorker>();
await builder.Build().RunAsync();
