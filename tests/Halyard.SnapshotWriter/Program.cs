using System.Globalization;
using Halyard;

// Counts in a flag and keeps it in a snapshot, one save after the other, until it is killed.
// Arguments: the file, the SDK key, the first number. Prints a line when the first save is done.
var (path, sdkKey, number) = (args[0], args[1], long.Parse(args[2], CultureInfo.InvariantCulture));
var before = File.GetLastWriteTimeUtc(path);
var said = false;
var data = new TestData();
Count(data, number);
await using var client = await Client.StartAsync(new()
{
    SdkKey = sdkKey,
    DataSystem = DataSystem.TestData(data),
    Snapshot = new(path) { Interval = TimeSpan.Zero },
});
while (true)
{
    if (!said && File.GetLastWriteTimeUtc(path) != before)
    {
        said = true;
        Console.WriteLine("writing");
    }

    Count(data, ++number);
    Thread.Sleep(1);
}

static void Count(TestData data, long number) => data.UpdateFlagJson(string.Create(
    CultureInfo.InvariantCulture,
    $$"""{"key":"number","version":{{number}},"on":true,"fallthrough":{"variation":0},"variations":[{{number}}]}"""));
