using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Halyard.Cli;

/// <summary>The evaluations of all flags that holders of an SDK key may ask for.</summary>
internal sealed class EvaluationEndpoint : IDevServerEndpoint
{
    public RouteKind Kind => RouteKind.Sdk;

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (collection, single) in EvaluationAnswers.Collections)
        {
            routes.MapGet($"/sdk/evalx/{collection}/{{**context}}", static http => EvaluationAnswers.AnswerAsync(http, AllFlagsOptions.None));
            routes.MapMethods($"/sdk/evalx/{single}", [EvaluationAnswers.Report], static http => EvaluationAnswers.AnswerAsync(http, AllFlagsOptions.None));
        }
    }
}
