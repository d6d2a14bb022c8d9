using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Halyard.IntegrationTests.AspNetCore;

public sealed class GateTests
{
    private readonly TestData _data = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_endpoint_is_there_for_whom_its_flag_is_on()
    {
        _data.Update(TestData.Flag("gate").VariationForUser("ada", true).FallthroughVariation(false));
        await using var server = await StartAsync(app => app.MapGet("/a", (RequestFlags flags) => flags.Context.Key).RequireFlag("gate"));
        Assert.Equal((404, ""), await server.GetAsync("/a"));
        Assert.Equal((404, ""), await server.GetAsync("/a", ("X-User", "bob")));
        Assert.Equal((200, "ada"), await server.GetAsync("/a", ("X-User", "ada")));
        _data.Update(TestData.Flag("gate").VariationForAll(true));
        Assert.Equal((200, "anonymous"), await server.GetAsync("/a"));
    }

    [Fact]
    public async Task A_gate_stands_before_groups_bare_delegates_and_health_checks_too()
    {
        await using var server = await StartAsync(
            app =>
            {
                var group = app.MapGroup("/g").RequireFlag("gate");
                group.MapGet("/handler", () => "handler");
                group.MapGet("/delegate", http => http.Response.WriteAsync("delegate"));
                group.MapGroup("/inner").RequireFlag("second").MapGet("/x", () => "inner");
                app.MapHealthChecks("/health").RequireFlag("gate");
                app.MapGet("/filtered", () => "filtered").AddEndpointFilter((context, next) => next(context)).RequireFlag("gate");
            },
            builder => builder.Services.AddHealthChecks());
        string[] paths = ["/g/handler", "/g/delegate", "/g/inner/x", "/health", "/filtered"];
        foreach (var path in paths)
        {
            Assert.Equal((404, ""), await server.GetAsync(path));
        }

        _data.Update(TestData.Flag("gate").VariationForAll(true));
        Assert.Equal((200, "handler"), await server.GetAsync("/g/handler"));
        Assert.Equal((200, "delegate"), await server.GetAsync("/g/delegate"));
        Assert.Equal((404, ""), await server.GetAsync("/g/inner/x"));
        Assert.Equal((200, "Healthy"), await server.GetAsync("/health"));
        Assert.Equal((200, "filtered"), await server.GetAsync("/filtered"));
        _data.Update(TestData.Flag("second").VariationForAll(true));
        Assert.Equal((200, "inner"), await server.GetAsync("/g/inner/x"));
    }

    [Fact]
    public async Task A_closed_gate_answers_what_it_was_told_to()
    {
        await using var server = await StartAsync(app =>
        {
            app.MapGet("/text", () => "").RequireFlag("gate", Results.Text("not yet", statusCode: 403));
            app.MapGet("/delegate", () => "").RequireFlag("gate", http => http.Response.WriteAsync("elsewhere"));
            app.MapGet("/open", () => "open").RequireFlag("no-such-flag", defaultValue: true);
        });
        Assert.Equal((403, "not yet"), await server.GetAsync("/text"));
        Assert.Equal((200, "elsewhere"), await server.GetAsync("/delegate"));
        Assert.Equal((200, "open"), await server.GetAsync("/open"));
    }

    [Fact]
    public async Task The_applications_page_for_a_status_takes_the_place_of_the_empty_body()
    {
        await using var server = await StartAsync(app =>
        {
            app.UseStatusCodePages("text/plain", "sorry, {0}");
            app.MapGet("/a", () => "").RequireFlag("gate");
        });
        Assert.Equal((404, "sorry, 404"), await server.GetAsync("/a"));
    }

    [Fact]
    public async Task A_closed_endpoint_reads_nothing_of_the_request()
    {
        await using var server = await StartAsync(app => app.MapPost("/a", (Payload payload) => payload.Number).RequireFlag("gate"));
        Assert.Equal(404, await PostAsync(server, "/a", "no json"));
        _data.Update(TestData.Flag("gate").VariationForAll(true));
        Assert.Equal(400, await PostAsync(server, "/a", "no json"));
        Assert.Equal(200, await PostAsync(server, "/a", """{"number":1}"""));
    }

    [Fact]
    public async Task Who_may_not_come_in_learns_nothing_of_the_flag()
    {
        await using var server = await StartAsync(
            app => app.MapGet("/a", () => "a").RequireAuthorization().RequireFlag("gate"),
            builder =>
            {
                builder.Services.AddAuthentication("none").AddScheme<Microsoft.AspNetCore.Authentication.AuthenticationSchemeOptions, NobodyHandler>("none", null);
                builder.Services.AddAuthorization();
            });
        Assert.Equal((401, ""), await server.GetAsync("/a"));
        _data.Update(TestData.Flag("gate").VariationForAll(true));
        Assert.Equal((401, ""), await server.GetAsync("/a"));
    }

    [Fact]
    public async Task Controllers_and_actions_have_gates_by_an_attribute()
    {
        await using var server = await StartControllersAsync(app => app.MapControllers());
        string[] paths = ["plain", "needs-number?number=x", "second", "redirected"];
        foreach (var path in paths)
        {
            Assert.Equal(404, (await server.GetAsync("/gated/" + path)).Status);
        }

        _data.Update(TestData.Flag("gate").VariationForAll(true));
        Assert.Equal((200, "ada"), await server.GetAsync("/gated/plain", ("X-User", "ada")));
        Assert.Equal(400, (await server.GetAsync("/gated/needs-number?number=x")).Status);
        Assert.Equal(403, (await server.GetAsync("/gated/second")).Status);
        Assert.Equal(302, (await server.GetAsync("/gated/redirected")).Status);
        _data.Update(TestData.Flag("second").VariationForAll(true));
        Assert.Equal((200, "second"), await server.GetAsync("/gated/second"));
        Assert.Equal((200, "here"), await server.GetAsync("/gated/redirected"));
    }

    [Fact]
    public async Task A_gate_before_all_controllers_stands_before_each()
    {
        await using var server = await StartControllersAsync(app => app.MapControllers().RequireFlag("all"));
        Assert.Equal(404, (await server.GetAsync("/open")).Status);
        _data.Update(TestData.Flag("all").VariationForAll(true));
        Assert.Equal((200, "open"), await server.GetAsync("/open"));
    }

    [Fact]
    public async Task An_attribute_where_nothing_looks_at_it_ends_the_start()
    {
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(
            () => StartAsync(app => app.MapGet("/a", [RequireFlag("gate")] () => "open to all")));
        Assert.Contains("""Call .RequireFlag("gate") on what maps the endpoint""", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gate_on_a_route_that_routing_replaces_ends_the_start()
    {
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(
            () => StartControllersAsync(app => app.MapFallbackToController("Get", "Open").RequireFlag("gate")));
        Assert.Contains("Put the gate there", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gate_may_ask_a_client_that_is_registered_by_a_key()
    {
        var europe = new TestData().Update(TestData.Flag("gate").VariationForAll(true));
        await using var client = await Client.StartAsync(new() { DataSystem = DataSystem.TestData(europe) }, Token);
        await using var server = await StartAsync(
            app => app.MapGet("/a", () => "a").RequireFlag("gate", client: "eu"),
            builder => builder.Services.AddKeyedSingleton<IHalyardClient>("eu", client));
        Assert.Equal((200, "a"), await server.GetAsync("/a"));
        europe.Update(TestData.Flag("gate").VariationForAll(false));
        Assert.Equal((404, ""), await server.GetAsync("/a"));
    }

    [Fact]
    public async Task A_factory_that_throws_opens_nothing()
    {
        _data.Update(TestData.Flag("gate").VariationForAll(true));
        await using var server = await StartAsync(
            app => app.MapGet("/a", () => "a").RequireFlag("gate", defaultValue: true),
            builder => builder.Services.AddHalyardContext((HttpContext _) => throw new InvalidOperationException("no tenant")));
        Assert.Equal(500, (await server.GetAsync("/a")).Status);
    }

    private static async Task<int> PostAsync(WebServer server, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using var response = await server.Http.PostAsync(new Uri(path, UriKind.Relative), content, Token);
        return (int)response.StatusCode;
    }

    private Task<WebServer> StartAsync(Action<WebApplication> map, Action<WebApplicationBuilder>? configure = null) => WebServer.StartAsync(
        _data,
        builder =>
        {
            builder.Services.AddHalyardContext();
            configure?.Invoke(builder);
        },
        app =>
        {
            app.Use(async (http, next) =>
            {
                if (http.Request.Headers["X-User"] is [{ } user])
                {
                    http.User = new(new ClaimsIdentity([new("sub", user)], "test"));
                }

                await next(http);
            });
            map(app);
        });

    private Task<WebServer> StartControllersAsync(Action<WebApplication> map) =>
        StartAsync(map, builder => builder.Services.AddControllers().AddApplicationPart(typeof(GatedController).Assembly));

    private sealed record Payload(int Number);
}
