using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;

namespace Halyard.Tests.AspNetCore;

public sealed class RequestContextFactoryTests
{
    private readonly RequestContextOptions _options = new();
    private readonly DefaultHttpContext _http = new();

    [Theory]
    [InlineData(ClaimTypes.NameIdentifier)]
    [InlineData("sub")]
    [InlineData(ClaimTypes.Name)]
    public void Who_is_signed_in_is_the_user_by_the_first_claim_that_tells_a_key(string type)
    {
        _http.User = Requests.SignedIn((type, "ada"), ("email", "ada@example.org"));
        var context = Create();
        Assert.Equal(("user", "ada", false), (context.Kind, context.Key, context.Anonymous));
        Assert.Equal(0, context.CustomAttributes.Length);
    }

    [Fact]
    public void The_identifier_counts_before_the_subject_and_the_name()
    {
        _http.User = Requests.SignedIn((ClaimTypes.Name, "Ada"), ("sub", "s-1"), (ClaimTypes.NameIdentifier, "id-1"));
        Assert.Equal(Context.Builder("id-1").Name("Ada").Build(), Create());
        _options.KeyClaim = "sub";
        Assert.Equal("s-1", Create().Key);
    }

    [Fact]
    public void All_others_are_one_anonymous_user()
    {
        var expected = Context.Builder("anonymous").Anonymous(true).Build();
        Assert.Equal(expected, Create());
        _http.User = Requests.SignedIn(("email", "nobody@example.org"));
        Assert.Equal(expected, Create());
        _http.User = new(new ClaimsIdentity([new(ClaimTypes.NameIdentifier, "not authenticated")]));
        Assert.Equal(expected, Create());
    }

    [Theory]
    [InlineData("visitor-7", "visitor-7")]
    [InlineData("", "anonymous")]
    [InlineData(null, "anonymous")]
    public void A_visitor_may_have_a_key_of_their_own(string? found, string key)
    {
        _options.AnonymousKey = _ => found;
        Assert.Equal(Context.Builder(key).Anonymous(true).Build(), Create());
    }

    [Fact]
    public void Claims_become_attributes_and_several_of_one_type_an_array()
    {
        _options.Claims["plan"] = "plan";
        _options.Claims["roles"] = ClaimTypes.Role;
        _options.Claims["absent"] = "absent";
        _options.PrivateAttributes.Add("plan");
        _http.User = Requests.SignedIn(("sub", "ada"), ("plan", "pro"), (ClaimTypes.Role, "dev"), (ClaimTypes.Role, "ops"));
        Assert.Equal(Context.Builder("ada").Set("plan", "pro").Set("roles", Value.Array("dev", "ops")).Private("plan").Build(), Create());
    }

    [Fact]
    public void What_an_identity_claims_that_was_not_authenticated_is_not_believed()
    {
        _options.Claims["plan"] = "plan";
        _http.User = Requests.SignedIn(("sub", "ada"));
        _http.User.AddIdentity(new([new("plan", "pro"), new(ClaimTypes.NameIdentifier, "root")]));
        Assert.Equal(Context.New("ada"), Create());
    }

    [Fact]
    public void The_route_the_headers_and_the_connection_become_attributes_where_they_are_asked_for()
    {
        _http.Request.RouteValues["tenant"] = 12.5;
        _http.Request.Headers["X-Country"] = "DE";
        _http.Request.Headers["X-Many"] = new(["a", "b"]);
        _http.Request.Headers["X-Long"] = new string('x', 1025);
        _http.Request.Host = new("shop.example:8443");
        _http.Connection.RemoteIpAddress = IPAddress.Parse("::ffff:192.0.2.7");
        Assert.Equal(0, Create().CustomAttributes.Length);

        _options.RouteValues["tenant"] = "tenant";
        _options.RouteValues["absent"] = "absent";
        _options.Headers["country"] = "x-country";
        _options.Headers["many"] = "X-Many";
        _options.Headers["long"] = "X-Long";
        _options.Connection = true;
        var expected = Context.Builder("anonymous").Anonymous(true).Set("tenant", "12.5").Set("country", "DE").Set("many", Value.Array("a", "b"))
            .Set("ip", "192.0.2.7").Set("host", "shop.example").Set("https", false);
        Assert.Equal(expected.Build(), Create());
    }

    [Fact]
    public void Further_kinds_make_a_multi_context_of_those_that_have_a_key()
    {
        _options.Kinds["org"] = http => http.User.FindFirst("org")?.Value;
        _options.Kinds["device"] = _ => "";
        _http.User = Requests.SignedIn(("sub", "ada"));
        Assert.Equal(Context.New("ada"), Create());
        _http.User = Requests.SignedIn(("sub", "ada"), ("org", "acme"));
        Assert.Equal(Context.Multi(Context.New("ada"), Context.New("org", "acme")), Create());
    }

    [Fact]
    public void The_application_has_the_last_word_about_the_user()
    {
        _options.Configure = (http, builder) => builder.Set("path", http.Request.Path.Value);
        _http.Request.Path = "/a";
        Assert.Equal(Context.Builder("anonymous").Anonymous(true).Set("path", "/a").Build(), Create());
    }

    private Context Create() => new RequestContextFactory(_options).Create(_http);
}
