using System.Threading.Channels;

namespace Halyard.Tests.Clients;

public sealed class ValueTrackingTests
{
    private readonly TestData _data = new TestData().Update(
        TestData.Flag("theme").Variations("light", "dark").FallthroughVariation(0));

    private readonly Channel<FlagValueChange> _seen = Channel.CreateUnbounded<FlagValueChange>();

    [Fact]
    public async Task A_change_of_the_value_is_told_with_the_old_and_the_new_one()
    {
        await using var client = await Clients.StartAsync(_data);
        using var tracking = client.TrackValue("theme", Clients.User, Tell);

        _data.Update(_data.Edit("theme").FallthroughVariation(1));
        Assert.Equal(new("theme", "light", "dark"), await Next());
    }

    [Fact]
    public async Task A_change_that_leaves_the_value_alone_is_not_told()
    {
        await using var client = await Clients.StartAsync(_data);
        using var tracking = client.TrackValue("theme", Clients.User, Tell);

        _data.Update(_data.Edit("theme").VariationForUser("somebody-else", 1));
        _data.Update(_data.Edit("theme").FallthroughVariation(1));
        Assert.Equal(new("theme", "light", "dark"), await Next());
        Assert.False(_seen.Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_change_of_a_segment_reaches_the_flag_that_uses_it()
    {
        _data.Update(TestData.Segment("beta").Include("nobody"));
        _data.Update(_data.Edit("theme").IfInSegment("beta").ThenReturn(1));
        await using var client = await Clients.StartAsync(_data);
        using var tracking = client.TrackValue("theme", Clients.User, Tell);

        _data.Update(_data.EditSegment("beta").Include(Clients.User.Key));
        Assert.Equal(new("theme", "light", "dark"), await Next());
    }

    [Fact]
    public async Task A_flag_that_appears_and_vanishes_changes_from_and_to_the_default()
    {
        await using var client = await Clients.StartAsync(_data);
        using var tracking = client.TrackValue("new", Clients.User, Tell, "none");

        _data.Update(TestData.Flag("new").ValueForAll("here"));
        Assert.Equal(new("new", "none", "here"), await Next());
        _data.Delete("new");
        Assert.Equal(new("new", "here", "none"), await Next());
    }

    [Fact]
    public async Task A_handler_that_throws_goes_on_being_called()
    {
        await using var client = await Clients.StartAsync(_data);
        using var tracking = client.TrackValue("theme", Clients.User, change =>
        {
            Tell(change);
            throw new InvalidOperationException("a user's mistake");
        });

        _data.Update(_data.Edit("theme").FallthroughVariation(1));
        Assert.Equal("dark", (await Next()).NewValue.AsString);
        _data.Update(_data.Edit("theme").FallthroughVariation(0));
        Assert.Equal("light", (await Next()).NewValue.AsString);
    }

    [Fact]
    public async Task After_disposal_nothing_is_told()
    {
        await using var client = await Clients.StartAsync(_data);
        var tracking = client.TrackValue("theme", Clients.User, Tell);
        using var other = client.TrackValue("theme", Context.New("other"), Tell);
        tracking.Dispose();

        _data.Update(_data.Edit("theme").VariationForUser(Clients.User.Key, 1).VariationForUser("other", 1));
        await Next();
        Assert.False(_seen.Reader.TryRead(out _));
    }

    private void Tell(FlagValueChange change) => _seen.Writer.TryWrite(change);

    private Task<FlagValueChange> Next() => _seen.Reader.ReadAsync(Clients.Token).AsTask().Soon();
}
