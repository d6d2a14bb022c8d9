namespace Halyard.ContractService;

/// <summary>What the service tells a harness that it can do. One line for each; only what holds stands here.</summary>
internal static class Capabilities
{
    public static readonly string[] All =
    [
        "server-side",
        "strongly-typed",
        "all-flags-with-reasons",
        "all-flags-client-side-only",
        "all-flags-details-only-for-tracked-flags",
        "client-prereq-events",
        "big-segments",
        "context-type",
        "context-comparison",
        "secure-mode-hash",
        "server-side-polling",
        "polling-gzip",
        "service-endpoints",
        "tags",
        "wrapper",
        "instance-id",
        "filtering",
        "filtering-strict",
        "migrations",
        "event-sampling",
        "event-gzip",
        "optional-event-gzip",
        "inline-context-all",
        "anonymous-redaction",
        "omit-anonymous-contexts",
        "evaluation-hooks",
        "track-hooks",
        "hook-environment-id",
        "flag-change-listeners",
        "flag-value-change-listeners",
        "fdv1-fallback",
        "retry-conformance-fdv1-streaming",
        "retry-conformance-fdv1-polling",
        "tls:verify-peer",
        "tls:skip-verify-peer",
        "tls:custom-ca",
        "http-proxy",
        "persistent-data-store-redis",
        "persistent-data-store-dynamodb",
    ];
}
