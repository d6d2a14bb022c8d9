namespace Halyard.Cli;

/// <summary>Says of a route who may ask for it, and with what credential.</summary>
internal enum RouteKind
{
    /// <summary>Nothing is asked for.</summary>
    Open,

    /// <summary>Server-side SDKs: their key in the Authorization header.</summary>
    Sdk,

    /// <summary>Browsers: the environment's id in the address; any page may ask.</summary>
    Browser,

    /// <summary>Mobile SDKs: their key in the Authorization header; any page may ask.</summary>
    Mobile,

    /// <summary>OpenFeature clients: any key of an environment; any page may ask.</summary>
    Ofrep,

    /// <summary>What changes or shows data beyond SDKs.</summary>
    Api,

    /// <summary>What gives a holder of the API's key a cookie.</summary>
    Session,
}
