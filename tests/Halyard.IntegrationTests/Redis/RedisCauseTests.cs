namespace Halyard.IntegrationTests;

public sealed class RedisCauseTests
{
    [Theory]
    [InlineData(
        "No connection is active/available to service this operation: HGET ld:features; SocketClosed on 127.0.0.1:42221/Subscription, Idle/RanToCompletion, last: SUBSCRIBE, origin: ReadAllAsync, last-read: 0s ago, mc: 1/1/0, v: 3.4.35",
        "No connection is active/available to service this operation: HGET ld:features; SocketClosed on 127.0.0.1:42221/Subscription.")]
    [InlineData("Timeout awaiting response (outbound=0KiB, inbound=0KiB, 5000ms elapsed), command=HGET, next: HGET", "Timeout awaiting response.")]
    [InlineData("Connection lost, mc: 1/1/0, IOCP: (Busy=0,Free=1000)", "Connection lost.")]
    [InlineData("It was not possible to connect to the redis server(s).", "It was not possible to connect to the redis server(s).")]
    [InlineData(
        "No connection is active/available to service this operation: HGET f; SimpleError: NOAUTH Authentication required. Attempted command: ECHO, mc: 1/1/0",
        "No connection is active/available to service this operation: HGET f; SimpleError: NOAUTH Authentication required. Attempted command: ECHO.")]
    [InlineData("InternalFailure", "InternalFailure.")]
    public void A_message_is_cut_where_the_figures_begin(string message, string cause) => Assert.Equal(cause, RedisCause.Of(message));
}
