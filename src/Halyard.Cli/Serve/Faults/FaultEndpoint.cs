using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Halyard.Cli;

/// <summary>Commands faults over HTTP: <c>GET</c>, <c>POST</c> and <c>DELETE</c> of <c>/api/faults</c>.</summary>
/// <param name="board">The faults that wait for requests.</param>
/// <param name="happenNow">Lets a fault happen on open streams; tells on how many.</param>
internal sealed class FaultEndpoint(FaultBoard board, Func<Fault, int> happenNow) : IDevServerEndpoint
{
    private const string All = "/api/faults";
    private const int LargestBody = 64 * 1024;

    public RouteKind Kind => RouteKind.Api;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(All, http => http.Response.WriteJsonAsync(WriteAll));
        routes.MapPost(All, AddAsync);
        routes.MapDelete(All, http =>
        {
            board.Clear();
            return http.Response.WriteJsonAsync(WriteAll);
        });
        routes.MapDelete(All + "/{id}", http =>
            int.TryParse((string?)http.Request.RouteValues["id"], NumberStyles.None, CultureInfo.InvariantCulture, out var id) && board.Remove(id)
                ? http.Response.WriteJsonAsync(WriteAll)
                : http.Response.WriteErrorAsync(StatusCodes.Status404NotFound, "There is no such fault; it may have been used up."));
    }

    private async Task AddAsync(HttpContext http)
    {
        if (await http.ReadBodyAsync(LargestBody) is not { } body)
        {
            return;
        }

        Fault fault;
        bool now;
        try
        {
            (fault, now) = FaultReader.Read(body);
        }
        catch (MalformedDataException exception)
        {
            await http.Response.WriteErrorAsync(StatusCodes.Status400BadRequest, exception.Message, exception.Path);
            return;
        }

        if (now)
        {
            var streams = happenNow(fault);
            await http.Response.WriteJsonAsync(writer =>
            {
                writer.WriteStartObject();
                fault.WriteTo(writer);
                writer.WriteNumber("streams"u8, streams);
                writer.WriteEndObject();
            });
            return;
        }

        var active = board.Add(fault);
        await http.Response.WriteJsonAsync(writer => Write(writer, active), StatusCodes.Status201Created);
    }

    private void WriteAll(Utf8JsonWriter writer)
    {
        writer.WriteStartArray();
        foreach (var active in board.Active)
        {
            Write(writer, active);
        }

        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, ActiveFault active)
    {
        writer.WriteStartObject();
        writer.WriteNumber("id"u8, active.Id);
        active.Fault.WriteTo(writer);
        if (active.Fault.Times is { } times)
        {
            writer.WriteNumber("timesLeft"u8, times - active.Hits);
        }

        writer.WriteNumber("hits"u8, active.Hits);
        writer.WriteEndObject();
    }
}
