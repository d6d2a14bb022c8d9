using System.Text;
using Halyard.AnalyticsEvents;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.Tests.AnalyticsEvents;

/// <summary>What is sent belongs to the request, since an application's handler may go on with one that was given up.</summary>
public sealed class EventSenderTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_request_that_was_given_up_keeps_its_text_when_the_buffer_has_another_owner(bool isDiagnostic)
    {
        using var handler = new DeafHandler();
        var options = new ClientOptions { SdkKey = "key", Events = new() };
        options.Http.HandlerFactory = () => handler;
        using var sender = new EventSender(options, "instance-1", NullLogger.Instance);
        using var stop = new CancellationTokenSource();
        var buffer = Encoding.UTF8.GetBytes("""[{"kind":"custom"}]""");
        var sending = isDiagnostic ? sender.SendDiagnosticAsync(buffer, stop.Token) : sender.SendEventsAsync(buffer, 1, stop.Token);
        var request = await handler.Request.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));

        buffer.AsSpan().Fill((byte)'x');
        Assert.Equal("""[{"kind":"custom"}]""", await request.Content!.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private sealed class DeafHandler : HttpMessageHandler
    {
        public TaskCompletionSource<HttpRequestMessage> Request { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Request.TrySetResult(request);
            return new TaskCompletionSource<HttpResponseMessage>().Task;
        }
    }
}
