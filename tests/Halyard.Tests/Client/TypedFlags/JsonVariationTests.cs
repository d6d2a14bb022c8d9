using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Halyard.TypedFlags;

namespace Halyard.Tests.TypedFlags;

public sealed class JsonVariationTests
{
    private static readonly Limits Default = new(-1, []);
    private readonly TestData _data = new();

    [Fact]
    public async Task A_flag_is_an_object_of_the_applications_own_type()
    {
        await using var client = await StartAsync("""{"requests":7,"paths":["/a","/b"]}""");
        var limits = client.JsonVariation("limits", Clients.Clients.User, Default, TestJson.Default.Limits);
        Assert.Equal((7, 2), (limits.Requests, limits.Paths.Length));
        var detail = client.JsonVariationDetail("limits", Clients.Clients.User, Default, TestJson.Default.Limits);
        Assert.Equal((limits, 0, EvaluationReasonKind.Off), (detail.Value, detail.VariationIndex, detail.Reason.Kind));
        Assert.Same(limits, await client.JsonVariationAsync("limits", Clients.Clients.User, Default, TestJson.Default.Limits, Clients.Clients.Token));
    }

    [Fact]
    public async Task A_value_is_parsed_once_however_often_and_by_whomever_it_is_read()
    {
        await using var client = await StartAsync("""{"requests":7}""");
        var (converter, type) = Counting();
        var first = client.JsonVariation("limits", Clients.Clients.User, Default, type);
        Assert.Same(first, client.JsonVariation("limits", Context.New("other"), Default, type));
        Assert.Same(first, client.JsonVariationDetail("limits", Clients.Clients.User, Default, type).Value);
        Assert.Equal(1, converter.Reads);

        _data.UpdateFlagJson(Flag("""{"requests":8}""", 2));
        Assert.NotSame(first, client.JsonVariation("limits", Clients.Clients.User, Default, type));
        Assert.Equal(2, converter.Reads);
    }

    [Fact]
    public async Task What_is_not_of_the_type_gives_the_default_and_is_not_tried_again()
    {
        await using var client = await StartAsync("""{"requests":"many"}""");
        var detail = client.JsonVariationDetail("limits", Clients.Clients.User, Default, TestJson.Default.Limits);
        Assert.Equal((Default, null, EvaluationErrorKind.WrongType), (detail.Value, detail.VariationIndex, detail.Reason.ErrorKind));

        var (converter, type) = Counting(throws: true);
        Assert.Same(Default, client.JsonVariation("limits", Clients.Clients.User, Default, type));
        Assert.Same(Default, client.JsonVariation("limits", Clients.Clients.User, Default, type));
        Assert.Equal(1, converter.Reads);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("1")]
    [InlineData("[]")]
    [InlineData("\"{}\"")]
    public async Task A_value_of_another_kind_is_of_the_wrong_type(string json)
    {
        await using var client = await StartAsync(json);
        Assert.Equal(
            EvaluationErrorKind.WrongType,
            client.JsonVariationDetail("limits", Clients.Clients.User, Default, TestJson.Default.Limits).Reason.ErrorKind);
    }

    [Fact]
    public async Task Texts_numbers_and_arrays_become_types_too()
    {
        _data.UpdateFlagJson(Flag("\"00:00:05\"", key: "time")).UpdateFlagJson(Flag("12.5", key: "price")).UpdateFlagJson(Flag("[[1],[2,3]]", key: "matrix"));
        await using var client = await Clients.Clients.StartAsync(_data);
        Assert.Equal(TimeSpan.FromSeconds(5), client.JsonVariation("time", Clients.Clients.User, default, TestJson.Default.TimeSpan));
        Assert.Equal(12.5m, client.JsonVariation("price", Clients.Clients.User, 0m, TestJson.Default.Decimal));
        Assert.Equal(3, client.JsonVariation("matrix", Clients.Clients.User, [], TestJson.Default.Int32ArrayArray)[1][1]);
    }

    [Fact]
    public async Task A_value_deeper_than_the_serializer_goes_is_of_the_wrong_type()
    {
        await using var client = await StartAsync(new string('[', 900) + new string(']', 900));
        Assert.Equal(
            EvaluationErrorKind.WrongType,
            client.JsonVariationDetail("limits", Clients.Clients.User, [], TestJson.Default.Int32ArrayArray).Reason.ErrorKind);
    }

    [Fact]
    public async Task Without_the_flag_the_default_and_the_reason_come_as_from_any_read()
    {
        await using var client = await Clients.Clients.StartAsync(_data);
        var detail = await client.JsonVariationDetailAsync("limits", Clients.Clients.User, Default, TestJson.Default.Limits, Clients.Clients.Token);
        Assert.Equal((Default, EvaluationErrorKind.FlagNotFound), (detail.Value, detail.Reason.ErrorKind));
    }

    [Fact]
    public void Of_one_value_a_few_forms_are_kept_however_many_descriptions_there_are()
    {
        var value = Value.Object([new("requests", 7)]);
        var (first, firstType) = Counting();
        Assert.True(ParsedValues.TryRead(value, firstType, out _));
        for (var i = 1; i <= ParsedForms.MostForms; i++)
        {
            var (converter, type) = Counting();
            Assert.True(ParsedValues.TryRead(value, type, out _));
            Assert.True(ParsedValues.TryRead(value, type, out _));
            Assert.Equal(1, converter.Reads);
        }

        Assert.True(ParsedValues.TryRead(value, firstType, out _));
        Assert.Equal(2, first.Reads);
    }

    [Fact]
    public async Task Readers_that_meet_at_the_first_read_get_one_object()
    {
        await using var client = await StartAsync("""{"requests":7,"paths":[]}""");
        using var meeting = new Barrier(4);
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            () =>
            {
                meeting.SignalAndWait(Clients.Clients.Token);
                return client.JsonVariation("limits", Clients.Clients.User, Default, TestJson.Default.Limits);
            },
            Clients.Clients.Token,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default));
        Assert.Single((await Task.WhenAll(readers)).Distinct(ReferenceEqualityComparer.Instance));
    }

    [Fact]
    public void Arguments_that_are_null_are_named()
    {
        Assert.Equal("client", Assert.Throws<ArgumentNullException>(
            () => ((IHalyardClient)null!).JsonVariation("k", Clients.Clients.User, Default, TestJson.Default.Limits)).ParamName);
        Assert.Equal("client", Assert.Throws<ArgumentNullException>(
            () => ((IHalyardClient)null!).LongVariation("k", Clients.Clients.User, 1)).ParamName);
    }

    private static (CountingConverter Converter, JsonTypeInfo<Limits> Type) Counting(bool throws = false)
    {
        var converter = new CountingConverter { Throws = throws };
        var options = new JsonSerializerOptions { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };
        options.Converters.Add(converter);
        return (converter, (JsonTypeInfo<Limits>)options.GetTypeInfo(typeof(Limits)));
    }

    private static string Flag(string value, int version = 1, string key = "limits") =>
        $$"""{"key":"{{key}}","version":{{version}},"on":false,"offVariation":0,"variations":[{{value}}]}""";

    private Task<Client> StartAsync(string value) => Clients.Clients.StartAsync(_data.UpdateFlagJson(Flag(value)));
}
