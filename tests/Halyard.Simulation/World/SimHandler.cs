using System.Net;
using Halyard.Simulation.Engine;

namespace Halyard.Simulation.World;

/// <summary>What a simulated process sends its requests with.</summary>
internal sealed class SimHandler(Link link, Service service, SimScheduler scheduler, SimRandom random, Action<Mark> passed) : HttpMessageHandler
{
    private readonly List<Connection> _connections = [];
    private int _number;

    // Changed with Interlocked alone: a cancelled request may end on the thread that cancels it, beside another.
    private int _waiting;

    public bool IsDisposed { get; private set; }

    /// <summary>Requests that wait for their answer.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Answers that the client has not let go of.</summary>
    public IReadOnlyList<Connection> Held
    {
        get
        {
            _connections.RemoveAll(static connection => !connection.IsHeld);
            return _connections;
        }
    }

    /// <summary>Ends every connection.</summary>
    public void CutAll(Func<ConnectionEnd> choose)
    {
        foreach (var connection in Held)
        {
            connection.Cut(choose());
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        var answer = new TaskCompletionSource<HttpResponseMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        var address = request.RequestUri!.PathAndQuery;
        var number = ++_number;
        Interlocked.Increment(ref _waiting);
        try
        {
            After($"request {number}", () =>
            {
                if (link.Refuses)
                {
                    After($"refusal of {number}", () => answer.TrySetException(new HttpRequestException("Connection refused.")));
                }
                else if (!link.Swallows && !answer.Task.IsCompleted)
                {
                    Answer(request, address, number, answer);
                }
            });
            return await answer.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
            if (!answer.Task.IsCompleted)
            {
                answer.TrySetCanceled(CancellationToken.None);
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }

    private void Answer(HttpRequestMessage request, string address, int number, TaskCompletionSource<HttpResponseMessage> answer)
    {
        var connection = new Connection(number, address, link, scheduler, random)
        {
            IsFdv2 = address.StartsWith("/sdk/stream", StringComparison.Ordinal) || address.StartsWith("/sdk/poll", StringComparison.Ordinal),
            Passed = passed,
        };
        if (service.Answer(request, connection) is not { } head)
        {
            return;
        }

        After($"answer {number}", () =>
        {
            var response = new HttpResponseMessage((HttpStatusCode)head.Status) { Content = new ConnectionContent(connection), RequestMessage = request };
            foreach (var (name, value) in head.Headers)
            {
                _ = response.Headers.TryAddWithoutValidation(name, value) || response.Content.Headers.TryAddWithoutValidation(name, value);
            }

            if (link.Swallows || !answer.TrySetResult(response))
            {
                response.Dispose();
                return;
            }

            _connections.Add(connection);
            if (head.State is { } state)
            {
                passed(new(0, state));
            }
        });
    }

    private void After(string name, Action action) => scheduler.After(random.Between(link.LeastDelay, link.MostDelay), name, action);
}
