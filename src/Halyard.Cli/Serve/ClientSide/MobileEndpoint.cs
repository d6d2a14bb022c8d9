using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Halyard.Cli;

/// <summary>What mobile SDKs ask for.</summary>
internal sealed class MobileEndpoint : IDevServerEndpoint
{
    private static readonly string[] EventPaths = ["/mobile", "/mobile/events", "/mobile/events/bulk", "/mobile/events/diagnostic"];

    public RouteKind Kind => RouteKind.Mobile;

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (collection, single) in EvaluationAnswers.Collections)
        {
            routes.MapForPages(HttpMethods.Get, $"/msdk/evalx/{collection}/{{**context}}", AnswerAsync);
            routes.MapForPages(EvaluationAnswers.Report, $"/msdk/evalx/{single}", AnswerAsync);
        }

        routes.MapForPages(HttpMethods.Get, "/meval/{**context}", EvaluationAnswers.StreamAsync).WithMetadata(StreamRoute.Marker);
        routes.MapForPages(EvaluationAnswers.Report, "/meval", EvaluationAnswers.StreamAsync).WithMetadata(StreamRoute.Marker);
        routes.MapForPages(HttpMethods.Get, "/mping", static http => http.Served().PingStreams.ServeAsync(http)).WithMetadata(StreamRoute.Marker);
        foreach (var path in EventPaths)
        {
            routes.MapForPages(HttpMethods.Post, path, EventSink.AcceptAsync).WithMetadata(EventSink.Marker);
        }
    }

    private static Task AnswerAsync(HttpContext http) =>
        EvaluationAnswers.AnswerAsync(http, EnvironmentDirectory.VisibleToMobile(http.Served(), PageRoutes.IsFromPage(http.Request)));
}
