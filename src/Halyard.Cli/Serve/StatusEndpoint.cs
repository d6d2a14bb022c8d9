using System.Text.Json;
using Halyard.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Halyard.Cli;

/// <summary>What the server is doing, for people and health checks: of the first environment, and of each.</summary>
internal sealed class StatusEndpoint(EnvironmentDirectory environments, FaultBoard faults) : IDevServerEndpoint
{
    public const string Path = "/status";

    public RouteKind Kind => RouteKind.Api;

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet(Path, http => http.Response.WriteJsonAsync(writer =>
    {
        var named = http.Served();
        writer.WriteStartObject();
        writer.WriteString("name"u8, "halyard serve");
        writer.WriteString("version"u8, CliVersion.Text);
        WriteData(writer, named);
        writer.WriteNumber("faults"u8, faults.Active.Count);
        writer.WriteStartArray("files"u8);
        foreach (var path in named.Options.Files)
        {
            writer.WriteStringValue(path);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("environments"u8);
        foreach (var environment in environments.All)
        {
            writer.WriteStartObject();
            writer.WriteString("name"u8, environment.Name);
            WriteData(writer, environment);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }));

    private static void WriteData(Utf8JsonWriter writer, ServedEnvironment environment)
    {
        var snapshot = environment.Repository.Current;
        writer.WriteNumber("revision"u8, snapshot.Revision);
        writer.WriteNumber("flags"u8, snapshot.CountLive(DataKind.Flag));
        writer.WriteNumber("segments"u8, snapshot.CountLive(DataKind.Segment));
        writer.WriteNumber("streams"u8, environment.StreamCount);
        writer.WriteNumber("pages"u8, environment.PageCount);
        writer.WriteBoolean("hasData"u8, environment.Repository.IsComplete);
        writer.WriteStartObject("events"u8);
        writer.WriteNumber("payloads"u8, environment.Events.Payloads);
        writer.WriteStartObject("kinds"u8);
        foreach (var (kind, count) in environment.Events.Kinds)
        {
            writer.WriteNumber(kind, count);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
        if (environment.Feed is { } feed)
        {
            writer.WriteString("source"u8, feed.Name);
        }

        if (environment.Overrides is { } overrides)
        {
            writer.WriteString("overrides"u8, overrides.Name);
        }

        if (environment.Error is { } error)
        {
            writer.WriteString("error"u8, error);
        }
    }
}
