using Halyard.DataModel.Json.Reading;
using Halyard.Model;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.Tests.WritingThrough;

public sealed class WriteThroughOptionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("halyard-through-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Every_pushed_data_system_writes_through()
    {
        var file = Path.Combine(_folder, "flags.json");
        await File.WriteAllTextAsync(file, """{"flagValues":{"a":true}}""", Token);
        DataSystemOptions[] systems =
        [
            DataSystem.TestData(new TestData().Update(TestData.Flag("a").VariationForAll(true))),
            DataSystem.File(file),
            DataSystem.FromSynchronizer(context => new OneSet(context.Status)),
        ];
        for (var i = 0; i < systems.Length; i++)
        {
            var store = new SqliteStore(Path.Combine(_folder, $"{i}.db"));
            await using (var client = await Client.StartAsync(new() { DataSystem = systems[i], WriteThrough = new(store) }, Token))
            {
                Assert.True(client.Initialized);
            }

            await using var reader = store.CreateReader(new(NullLoggerFactory.Instance, TimeProvider.System));
            Assert.True(await reader.InitializedAsync(Token));
            Assert.Equal(["a"], (await reader.AllAsync(DataKind.Flag, Token)).Keys);
        }
    }

    [Fact]
    public async Task Wrong_options_are_refused_at_the_start()
    {
        var store = new SqliteStore(Path.Combine(_folder, "flags.db"));
        var wrong = new WriteThroughOptions(store) { WriteTimeout = TimeSpan.Zero };
        var error = await Assert.ThrowsAsync<ArgumentException>(() => Client.StartAsync(new() { DataSystem = DataSystem.TestData(new()), WriteThrough = wrong }, Token));
        Assert.Contains("WriteTimeout", error.Message, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<ArgumentException>(() => Client.StartAsync(new() { DataSystem = DataSystem.LazyLoad(store), WriteThrough = new(store) }, Token));
        Assert.Contains("pushed data", error.Message, StringComparison.Ordinal);
    }

    private sealed class OneSet(IDataSourceStatusReporter status) : IDataSynchronizer
    {
        public string Identity => "one set";

        public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
        {
            destination.Init(new([(ItemDescriptor<Flag>)ModelReader.ReadItem(DataKind.Flag, "a", """{"key":"a","version":1}"""u8)], []));
            status.ReportValid();
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
