using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using HttpClientFactory = Amazon.Runtime.HttpClientFactory;

namespace Halyard.IntegrationTests;

/// <summary>Stands between a client and the server, and behaves as a busy table does.</summary>
internal sealed class FaultyService : DelegatingHandler
{
    private int _throttles;
    private int _requests;

    public FaultyService()
        : base(new SocketsHttpHandler())
    {
    }

    /// <summary>How many of the next requests are refused for being too many.</summary>
    public int Throttles
    {
        get => Volatile.Read(ref _throttles);
        set => Volatile.Write(ref _throttles, value);
    }

    /// <summary>How many requests of a batch are processed at a time; the others are handed back.</summary>
    public int? BatchLimit { get; set; }

    /// <summary>The actions that this user may not take, such as <c>PutItem</c>.</summary>
    public IReadOnlyCollection<string> Denied { get; init; } = [];

    public int Requests => Volatile.Read(ref _requests);

    public AmazonDynamoDBClient CreateClient(DynamoDBLocal server) => new(DynamoDBLocal.Credentials, new AmazonDynamoDBConfig
    {
        ServiceURL = server.Url.AbsoluteUri,
        MaxErrorRetry = 0,
        HttpClientFactory = new Factory(this),
    });

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _requests);
        if (Interlocked.Decrement(ref _throttles) >= 0)
        {
            return Answer(HttpStatusCode.BadRequest, """
                {"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"too fast"}
                """);
        }

        var action = request.Headers.TryGetValues("X-Amz-Target", out var targets) ? targets.First().Split('.')[^1] : "";
        if (Denied.Contains(action))
        {
            return Answer(HttpStatusCode.BadRequest, $$"""
                {"__type":"com.amazon.coral.service#AccessDeniedException","Message":"User: arn:aws:iam::1:user/reader is not authorized to perform: dynamodb:{{action}} on resource: arn:aws:dynamodb:eu-west-1:1:table/{{DynamoDBLocal.Table}}"}
                """);
        }

        var isBatch = action == "BatchWriteItem";
        if (BatchLimit is not { } limit || !isBatch)
        {
            return await base.SendAsync(request, cancellationToken);
        }

        var body = JsonNode.Parse(await request.Content!.ReadAsStringAsync(cancellationToken))!;
        var (table, writes) = body["RequestItems"]!.AsObject().Single();
        var left = new JsonArray([.. writes!.AsArray().Skip(limit).Select(w => w!.DeepClone())]);
        if (limit > 0)
        {
            body["RequestItems"]![table] = new JsonArray([.. writes.AsArray().Take(limit).Select(w => w!.DeepClone())]);
            var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body.ToJsonString()));
            content.Headers.ContentType = request.Content.Headers.ContentType;
            request.Content = content;
            using var response = await base.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                throw new InvalidOperationException(await response.Content.ReadAsStringAsync(cancellationToken));
            }
        }

        var unprocessed = new JsonObject();
        if (left.Count > 0)
        {
            unprocessed[table] = left;
        }

        return Answer(HttpStatusCode.OK, new JsonObject { ["UnprocessedItems"] = unprocessed }.ToJsonString());
    }

    private static HttpResponseMessage Answer(HttpStatusCode status, string json) => new(status)
    {
        Content = new StringContent(json, Encoding.UTF8, "application/x-amz-json-1.0"),
    };

    private sealed class Factory(FaultyService service) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(service, disposeHandler: false);

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;
    }
}
