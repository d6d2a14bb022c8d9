using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Halyard.Cli;

/// <summary>Answers what no endpoint expected as JSON, and logs it.</summary>
internal sealed class FailureGate(ILogger logger)
{
    private readonly ILogger _logger = logger;

    public async Task PassAsync(HttpContext http, RequestDelegate next)
    {
        try
        {
            await next(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client has left.
        }
        catch (BadHttpRequestException exception) when (!http.Response.HasStarted)
        {
            await http.Response.WriteErrorAsync(exception.StatusCode, exception.Message);
        }
        catch (Exception exception) when (!http.Response.HasStarted)
        {
            ServeLog.Failed(_logger, exception, http.Request.Method, http.Request.Path);
            await http.Response.WriteErrorAsync(StatusCodes.Status500InternalServerError, "The request could not be answered; the server's log says why.");
        }
    }
}
