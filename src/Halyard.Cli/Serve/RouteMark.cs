namespace Halyard.Cli;

/// <summary>What the gate knows of a route.</summary>
/// <param name="kind">Who may ask.</param>
internal sealed class RouteMark(RouteKind kind)
{
    public RouteKind Kind => kind;

    /// <summary>Whether the route gives flag data to SDKs, and can be made to fail.</summary>
    public bool ServesData => kind is not (RouteKind.Open or RouteKind.Api or RouteKind.Session);

    /// <summary>Whether pages of other sites may ask.</summary>
    public bool IsForPages => kind is RouteKind.Browser or RouteKind.Mobile or RouteKind.Ofrep;
}
