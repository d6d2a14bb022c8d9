using System.Text;
using Halyard.Model;

namespace Halyard.Simulation.World;

/// <summary>What the service says in FDv1.</summary>
internal static class Fdv1Text
{
    public static string DataSet(SimState state)
    {
        var json = new StringBuilder("{\"flags\":{");
        Append(json, state, DataKind.Flag);
        json.Append("},\"segments\":{");
        Append(json, state, DataKind.Segment);
        return json.Append("}}").ToString();
    }

    public static string Put(SimState state) => Event("put", $"{{\"path\":\"/\",\"data\":{DataSet(state)}}}");

    /// <summary>The one item by which a state differs from the one before.</summary>
    public static string Change(SimState before, SimState after)
    {
        foreach (var (path, version) in after.Versions)
        {
            if (before.Versions.GetValueOrDefault(path) == version)
            {
                continue;
            }

            return after.Items.TryGetValue(path, out var item)
                ? Event("patch", $"{{\"path\":\"{path}\",\"data\":{item.Json}}}")
                : Event("delete", $"{{\"path\":\"{path}\",\"version\":{version}}}");
        }

        throw new InvalidOperationException("A publish changed nothing.");
    }

    public static string Event(string name, string data) => $"event: {name}\ndata: {data}\n\n";

    private static void Append(StringBuilder json, SimState state, DataKind kind)
    {
        var isFirst = true;
        foreach (var item in state.Items.Values)
        {
            if (item.Kind == kind)
            {
                json.Append(isFirst ? "" : ",").Append('"').Append(item.Key).Append("\":").Append(item.Json);
                isFirst = false;
            }
        }
    }
}
