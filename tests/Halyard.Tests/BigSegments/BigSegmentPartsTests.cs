using CsCheck;
using Halyard.BigSegments;

namespace Halyard.Tests.BigSegmentStores;

public sealed class BigSegmentPartsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("user-key", "CEXjZY7cHJG/ydFy7q4+YEFwVrG3/pkJwA4FAjrbfx0=")]
    [InlineData("user1", "CgQblGLKpKMbrDVn4Lbm/ZEAeH2yq0M9lvbReMq/zpA=")]
    public void The_hash_is_the_one_that_other_writers_use(string key, string hash) => Assert.Equal(hash, BigSegmentKeys.Hash(key));

    [Fact]
    public void Any_key_has_a_hash()
    {
        Assert.Equal(44, BigSegmentKeys.Hash("").Length);
        Gen.String.Sample(key => Assert.Equal(
            Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(key))), BigSegmentKeys.Hash(key)));
        Assert.NotEqual(BigSegmentKeys.Hash(new string('ä', 5000)), BigSegmentKeys.Hash(new string('ä', 5001)));
    }

    [Fact]
    public void Included_wins_over_excluded_and_nothing_is_no_membership()
    {
        var membership = BigSegmentMembership.Of(["a.g1", "b.g1"], ["b.g1", "c.g1"])!;
        Assert.Equal([true, true, false, null], new[] { "a.g1", "b.g1", "c.g1", "a.g2" }.Select(membership.Contains));
        Assert.Null(BigSegmentMembership.Of(null, []));
    }

    [Fact]
    public void The_cache_holds_exactly_the_most_recently_used() => Gen.Select(Gen.Int[1, 8], Gen.Int[0, 12].List[0, 100]).Sample((capacity, uses) =>
    {
        var cache = new MembershipLru(capacity);
        var expected = new List<string>();
        long now = 0;
        foreach (var use in uses)
        {
            var key = "key-" + use;
            now++;
            if (cache.Find(key) is { } entry)
            {
                entry.UsedAt = now;
                Assert.Contains(key, expected);
            }
            else
            {
                cache.Put(new(key, null, false, 0), now);
                Assert.DoesNotContain(key, expected);
            }

            expected.Remove(key);
            expected.Add(key);
            if (expected.Count > capacity)
            {
                expected.RemoveAt(0);
            }
        }

        Assert.Equal(expected.Order(), Enumerable.Range(0, 13).Select(i => "key-" + i).Where(key => cache.Find(key) is not null).Order());
    });

    [Fact]
    public void A_large_cache_stays_within_its_bound_and_keeps_the_recent()
    {
        var cache = new MembershipLru(10_000);
        for (var i = 0; i < 30_000; i++)
        {
            cache.Put(new("key-" + i, null, false, 0), i);
        }

        var kept = Enumerable.Range(0, 30_000).Where(i => cache.Find("key-" + i) is not null).ToList();
        Assert.InRange(kept.Count, 9_900, 10_000);
        Assert.Equal(30_000 - kept.Count, kept[0]);
    }

    [Fact]
    public async Task Segments_of_a_test_follow_its_code()
    {
        var members = new TestBigSegments().Include("beta", "ada").Exclude("beta", "bob").Include("beta", "old", generation: 0);
        var data = new TestData().Update(TestData.Flag("flag").IfInSegment("beta").ThenReturn(true).FallthroughVariation(false));
        data.Update(TestData.Segment("beta").Big().If("user", "key", "contains", "b").ThenInclude());
        await using var client = await Client.StartAsync(
            new() { DataSystem = DataSystem.TestData(data), BigSegments = new(members.Open) { ContextCacheTime = TimeSpan.Zero, QueryTimeout = TimeSpan.FromSeconds(30) } }, Token);
        Assert.True(client.BoolVariation("flag", Context.New("ada"), false));
        Assert.False(client.BoolVariation("flag", Context.New("bob"), true));
        Assert.False(client.BoolVariation("flag", Context.New("old"), true));
        members.Remove("beta", "ada");
        Assert.False(client.BoolVariation("flag", Context.New("ada"), true));
        members.Error = new IOException("gone");
        Assert.Equal(BigSegmentsStatus.StoreError, client.BoolVariationDetail("flag", Context.New("eve"), false).Reason.BigSegmentsStatus);
        Assert.Equal(5, members.MembershipQueries);
        Assert.Equal(1, members.MetadataQueries);
    }

    [Fact]
    public void A_segment_that_is_edited_stays_big()
    {
        var data = new TestData().Update(TestData.Segment("beta").Big(4, "org"));
        var segment = data.EditSegment("beta").Salt("x").Build();
        Assert.Equal((true, 4L, "org"), (segment.Unbounded, segment.Generation, segment.UnboundedContextKind));
    }
}
