using Halyard.Model;

namespace Halyard.Simulation.World;

/// <summary>What the service says in FDv2: events, which a stream sends one by one and a poll's body lists.</summary>
internal static class Fdv2Text
{
    public static (string Name, string Data) Intent(string code, int target) =>
        ("server-intent", $"{{\"payloads\":[{{\"id\":\"p\",\"target\":{target},\"intentCode\":\"{code}\",\"reason\":\"sim\"}}]}}");

    public static (string Name, string Data) Transferred(SimState state) =>
        ("payload-transferred", $"{{\"state\":\"{state.Selector}\",\"version\":{state.Index + 1},\"id\":\"p\"}}");

    /// <summary>All items of a state.</summary>
    public static IEnumerable<(string Name, string Data)> Items(SimState state) => state.Items.Values.Select(Put);

    /// <summary>What leads from one state to another.</summary>
    public static IEnumerable<(string Name, string Data)> Changes(SimState before, SimState after)
    {
        foreach (var item in after.Items.Values)
        {
            if (!before.Items.TryGetValue(item.Path, out var old) || old.Stamp != item.Stamp)
            {
                yield return Put(item);
            }
        }

        foreach (var item in before.Items.Values)
        {
            if (!after.Items.ContainsKey(item.Path))
            {
                yield return ("delete-object", $"{{\"version\":{after.Versions.GetValueOrDefault(item.Path, item.Version + 1)},\"kind\":\"{Kind(item.Kind)}\",\"key\":\"{item.Key}\"}}");
            }
        }
    }

    private static (string Name, string Data) Put(SimItem item) =>
        ("put-object", $"{{\"version\":{item.Version},\"kind\":\"{Kind(item.Kind)}\",\"key\":\"{item.Key}\",\"object\":{item.Json}}}");

    private static string Kind(DataKind kind) => kind == DataKind.Flag ? "flag" : "segment";
}
