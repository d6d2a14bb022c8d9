using System.Net;
using System.Net.Sockets;
using Halyard.Lives.Plan;

namespace Halyard.Lives.Foreign;

/// <summary>Answers requests within the process, faults of its own included. Knows what was not let go.</summary>
internal sealed class FaultyHandler(LifePlan plan, Service service, Task over) : HttpMessageHandler
{
    private int _disposed;

    public bool IsDisposed => Volatile.Read(ref _disposed) > 0;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var answer = service.Answer(request.RequestUri!.AbsolutePath);
        switch (answer.Kind)
        {
            case AnswerKind.Throws:
                throw new InvalidOperationException($"life {plan.Number}: the handler fails");
            case AnswerKind.Refused:
                throw new HttpRequestException($"life {plan.Number}: refused", new SocketException((int)SocketError.ConnectionRefused));
            case AnswerKind.NeverEnds:
                await over;
                throw new HttpRequestException($"life {plan.Number}: came to its end at last");
            case AnswerKind.BreaksAsItIsCancelled:
                await over.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw new HttpRequestException($"life {plan.Number}: broken as it was cancelled");
            case AnswerKind.Silent:
                await over.WaitAsync(cancellationToken);
                throw new HttpRequestException($"life {plan.Number}: silent");
        }

        if (request.Content is { } content)
        {
            await content.CopyToAsync(Stream.Null, cancellationToken);
        }

        var response = new HttpResponseMessage((HttpStatusCode)answer.Status)
        {
            RequestMessage = request,
            Content = new StreamContent(new FaultyBody(plan, answer, over)),
        };
        foreach (var (name, value) in answer.Headers)
        {
            if (!response.Headers.TryAddWithoutValidation(name, value))
            {
                response.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return response;
    }

    protected override void Dispose(bool disposing)
    {
        Interlocked.Exchange(ref _disposed, 1);
        base.Dispose(disposing);
        if (plan.HandlerEndThrows)
        {
            throw new InvalidOperationException($"life {plan.Number}: the handler's end fails");
        }
    }
}
