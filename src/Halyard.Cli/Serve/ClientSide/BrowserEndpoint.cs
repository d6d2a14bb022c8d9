using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Halyard.Cli;

/// <summary>What browser SDKs ask for: a context's flags, streams that tell when to ask again, and places for events.</summary>
internal sealed class BrowserEndpoint : IDevServerEndpoint
{
    private const AllFlagsOptions Visible = AllFlagsOptions.ClientSideOnly;

    // A picture of one transparent point, which is what the oldest browsers send events by.
    private static readonly byte[] Point = Convert.FromBase64String("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7");

    public RouteKind Kind => RouteKind.Browser;

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (collection, single) in EvaluationAnswers.Collections)
        {
            routes.MapForPages(HttpMethods.Get, $"/sdk/evalx/{{env}}/{collection}/{{**context}}", static http => EvaluationAnswers.AnswerAsync(http, Visible));
            routes.MapForPages(EvaluationAnswers.Report, $"/sdk/evalx/{{env}}/{single}", static http => EvaluationAnswers.AnswerAsync(http, Visible));
        }

        routes.MapForPages(HttpMethods.Get, "/eval/{env}/{**context}", EvaluationAnswers.StreamAsync).WithMetadata(StreamRoute.Marker);
        routes.MapForPages(EvaluationAnswers.Report, "/eval/{env}", EvaluationAnswers.StreamAsync).WithMetadata(StreamRoute.Marker);
        routes.MapForPages(HttpMethods.Get, "/ping/{env}", static http => http.Served().PingStreams.ServeAsync(http)).WithMetadata(StreamRoute.Marker);

        // Goals are click and page-view metrics of the service's web site, of which there are none here.
        routes.MapForPages(HttpMethods.Get, "/sdk/goals/{env}", static http => http.Response.WriteJsonAsync("[]"u8.ToArray()));
        routes.MapForPages(HttpMethods.Post, "/events/bulk/{env}", EventSink.AcceptAsync).WithMetadata(EventSink.Marker);
        routes.MapForPages(HttpMethods.Post, "/events/diagnostic/{env}", EventSink.AcceptAsync).WithMetadata(EventSink.Marker);
        routes.MapForPages(HttpMethods.Get, "/a/{env}.gif", AnswerPointAsync).WithMetadata(EventSink.Marker);
    }

    private static async Task AnswerPointAsync(HttpContext http)
    {
        if (EncodedContext.TryDecode(http.Request.Query["d"].ToString(), out var events))
        {
            http.Served().Events.Count(events);
        }

        http.Response.ContentType = "image/gif";
        await http.Response.BodyWriter.WriteAsync(Point, http.RequestAborted);
    }
}
