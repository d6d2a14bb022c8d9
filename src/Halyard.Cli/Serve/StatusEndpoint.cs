using Halyard.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Halyard.Cli;

/// <summary>What the server is doing, for people and health checks.</summary>
internal sealed class StatusEndpoint(FlagRepository repository, Func<int> countStreams, FaultBoard faults, FileFeed? files, IReadOnlyList<string> paths)
    : IDevServerEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/status", http =>
    {
        var snapshot = repository.Current;
        return http.Response.WriteJsonAsync(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("name"u8, "halyard serve");
            writer.WriteString("version"u8, CliVersion.Text);
            writer.WriteNumber("revision"u8, snapshot.Revision);
            writer.WriteNumber("flags"u8, snapshot.CountLive(DataKind.Flag));
            writer.WriteNumber("segments"u8, snapshot.CountLive(DataKind.Segment));
            writer.WriteNumber("streams"u8, countStreams());
            writer.WriteNumber("faults"u8, faults.Active.Count);
            writer.WriteStartArray("files"u8);
            foreach (var path in paths)
            {
                writer.WriteStringValue(path);
            }

            writer.WriteEndArray();
            if (files?.Error is { } error)
            {
                writer.WriteString("error"u8, error);
            }

            writer.WriteEndObject();
        });
    });
}
