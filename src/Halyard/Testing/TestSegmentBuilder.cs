using Halyard.Model;

namespace Halyard;

/// <summary>A segment under construction, for <see cref="TestData.Update(ReadOnlySpan{TestSegmentBuilder})"/>. A new one is empty. Not thread-safe.</summary>
public sealed class TestSegmentBuilder
{
    private readonly Segment _origin;
    private readonly Dictionary<string, List<string>> _included = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _excluded = new(StringComparer.Ordinal);
    private readonly List<SegmentRule> _rules;
    private string _salt;
    private bool _isBig;
    private long? _generation;
    private string? _bigContextKind;

    internal TestSegmentBuilder(string key)
        : this(new Segment { Key = string.IsNullOrEmpty(key) ? throw new ArgumentException("A segment needs a key.", nameof(key)) : key })
    {
    }

    internal TestSegmentBuilder(Segment segment)
    {
        _origin = segment;
        _rules = [.. segment.Rules];
        _salt = segment.Salt;
        (_isBig, _generation, _bigContextKind) = (segment.Unbounded, segment.Generation, segment.UnboundedContextKind);
        Fill(_included, segment.Included, segment.IncludedContexts);
        Fill(_excluded, segment.Excluded, segment.ExcludedContexts);
    }

    /// <summary>Takes users in by their keys.</summary>
    public TestSegmentBuilder Include(params ReadOnlySpan<string> userKeys) => IncludeContexts(Context.DefaultKind, userKeys);

    /// <summary>Leaves users out by their keys, whatever the rules say.</summary>
    public TestSegmentBuilder Exclude(params ReadOnlySpan<string> userKeys) => ExcludeContexts(Context.DefaultKind, userKeys);

    /// <summary>Takes contexts of a kind in by their keys; they are no longer left out by key.</summary>
    public TestSegmentBuilder IncludeContexts(string contextKind, params ReadOnlySpan<string> keys) =>
        Move(contextKind, keys, _included, _excluded);

    /// <summary>Leaves contexts of a kind out by their keys; they are no longer taken in by key.</summary>
    public TestSegmentBuilder ExcludeContexts(string contextKind, params ReadOnlySpan<string> keys) =>
        Move(contextKind, keys, _excluded, _included);

    /// <summary>Starts a rule: the attribute equals one of the values, or holds one of them if it is an array.</summary>
    public TestSegmentRuleBuilder IfMatch(string contextKind, string attribute, params ReadOnlySpan<Value> values) =>
        new TestSegmentRuleBuilder(this).AndMatch(contextKind, attribute, values);

    /// <summary>Starts a rule: the context has the attribute, and it equals none of the values.</summary>
    public TestSegmentRuleBuilder IfNotMatch(string contextKind, string attribute, params ReadOnlySpan<Value> values) =>
        new TestSegmentRuleBuilder(this).AndNotMatch(contextKind, attribute, values);

    /// <summary>Starts a rule: the operator, such as <c>startsWith</c>, holds for one of the values.</summary>
    public TestSegmentRuleBuilder If(string contextKind, string attribute, string op, params ReadOnlySpan<Value> values) =>
        new TestSegmentRuleBuilder(this).And(contextKind, attribute, op, values);

    /// <summary>Starts a rule: the operator holds for none of the values.</summary>
    public TestSegmentRuleBuilder IfNot(string contextKind, string attribute, string op, params ReadOnlySpan<Value> values) =>
        new TestSegmentRuleBuilder(this).AndNot(contextKind, attribute, op, values);

    /// <summary>Starts a rule: the context is in one of the segments.</summary>
    public TestSegmentRuleBuilder IfInSegment(params ReadOnlySpan<string> segmentKeys) => new TestSegmentRuleBuilder(this).AndInSegment(segmentKeys);

    /// <summary>Sets the salt of the bucketing hash.</summary>
    public TestSegmentBuilder Salt(string salt)
    {
        ArgumentNullException.ThrowIfNull(salt);
        _salt = salt;
        return this;
    }

    /// <summary>
    /// Makes it a big segment: its members are those of the store that the client has been given, such as
    /// <see cref="TestBigSegments"/>; the keys that are listed here do not count, the rules do.
    /// </summary>
    public TestSegmentBuilder Big(long generation = 1, string contextKind = Context.DefaultKind)
    {
        ArgumentException.ThrowIfNullOrEmpty(contextKind);
        (_isBig, _generation, _bigContextKind) = (true, generation, contextKind);
        return this;
    }

    /// <summary>Removes all rules.</summary>
    public TestSegmentBuilder ClearRules()
    {
        _rules.Clear();
        return this;
    }

    /// <summary>Makes the segment as it is now; later changes of the builder do not reach it.</summary>
    public Segment Build() => new()
    {
        Key = _origin.Key,
        Version = _origin.Version,
        Included = Users(_included),
        Excluded = Users(_excluded),
        IncludedContexts = [.. Others(_included)],
        ExcludedContexts = [.. Others(_excluded)],
        Rules = [.. _rules],
        Salt = _salt,
        Unbounded = _isBig,
        UnboundedContextKind = _bigContextKind,
        Generation = _generation,
        Unknown = _origin.Unknown,
    };

    internal TestSegmentBuilder AddRule(SegmentRule rule)
    {
        _rules.Add(rule);
        return this;
    }

    private static void Fill(Dictionary<string, List<string>> lists, KeySet users, IEnumerable<SegmentTarget> others)
    {
        if (users.Count != 0)
        {
            lists[Context.DefaultKind] = [.. users];
        }

        foreach (var target in others)
        {
            ListOf(lists, target.ContextKind ?? Context.DefaultKind).AddRange(target.Values);
        }
    }

    private static List<string> ListOf(Dictionary<string, List<string>> lists, string kind)
    {
        if (!lists.TryGetValue(kind, out var keys))
        {
            lists.Add(kind, keys = []);
        }

        return keys;
    }

    private static KeySet Users(Dictionary<string, List<string>> lists) =>
        lists.TryGetValue(Context.DefaultKind, out var keys) ? KeySet.Of([.. keys]) : KeySet.Empty;

    private static IEnumerable<SegmentTarget> Others(Dictionary<string, List<string>> lists) =>
        lists.Where(list => list.Key != Context.DefaultKind && list.Value.Count != 0)
            .Select(list => new SegmentTarget { ContextKind = list.Key, Values = KeySet.Of([.. list.Value]) });

    private TestSegmentBuilder Move(
        string contextKind, ReadOnlySpan<string> keys, Dictionary<string, List<string>> to, Dictionary<string, List<string>> from)
    {
        ArgumentException.ThrowIfNullOrEmpty(contextKind);
        foreach (var key in keys)
        {
            ArgumentException.ThrowIfNullOrEmpty(key, nameof(keys));
            ListOf(from, contextKind).Remove(key);
            var list = ListOf(to, contextKind);
            if (!list.Contains(key))
            {
                list.Add(key);
            }
        }

        return this;
    }
}
