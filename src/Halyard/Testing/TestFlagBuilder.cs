using System.Collections.Immutable;
using Halyard.Model;
using Halyard.Testing;

namespace Halyard;

/// <summary>
/// A flag under construction, for <see cref="TestData.Update(ReadOnlySpan{TestFlagBuilder})"/>. A new one is boolean (variation 0 is
/// true, 1 is false), on, and true for everyone; off it is false. Where a variation is asked for, a boolean flag takes
/// the value and any flag takes the index. Not thread-safe.
/// </summary>
public sealed class TestFlagBuilder
{
    private readonly Flag _origin;
    private readonly List<(string Kind, int Variation, List<string> Keys)> _targets = [];
    private readonly List<Rule> _rules;
    private readonly List<Prerequisite> _prerequisites;
    private ImmutableArray<Value> _variations;
    private bool _on;
    private int? _offVariation;
    private VariationOrRollout _fallthrough;
    private bool? _clientSide;
    private string _salt;

    internal TestFlagBuilder(string key)
        : this(new Flag { Key = Named(key), On = true, Variations = [true, false], OffVariation = 1, Fallthrough = new(0, null) })
    {
    }

    internal TestFlagBuilder(Flag flag)
    {
        _origin = flag;
        _rules = [.. flag.Rules];
        _prerequisites = [.. flag.Prerequisites];
        _variations = flag.Variations;
        _on = flag.On;
        _offVariation = flag.OffVariation;
        _fallthrough = flag.Fallthrough;
        _salt = flag.Salt;
        foreach (var target in flag.ContextTargets.IsEmpty ? flag.Targets : flag.ContextTargets)
        {
            var kind = target.ContextKind ?? Context.DefaultKind;
            var keys = kind == Context.DefaultKind && target.Values.Count == 0
                ? flag.Targets.FirstOrDefault(users => users.Variation == target.Variation)?.Values
                : target.Values;
            _targets.Add((kind, target.Variation, [.. keys ?? KeySet.Empty]));
        }
    }

    /// <summary>Makes the flag boolean: variation 0 is true, 1 is false; off it is false. A flag that has both values keeps them.</summary>
    public TestFlagBuilder BooleanFlag()
    {
        if (!_variations.Contains(Value.True) || !_variations.Contains(Value.False))
        {
            _variations = [true, false];
            _offVariation = 1;
            _fallthrough = new(0, null);
        }

        return this;
    }

    /// <summary>Sets the possible values. What is served by default or when off moves to the last variation if its own is gone.</summary>
    public TestFlagBuilder Variations(params ReadOnlySpan<Value> values)
    {
        if (values.IsEmpty)
        {
            throw new ArgumentException("A flag needs at least one variation.", nameof(values));
        }

        _variations = [.. values];
        if (_offVariation >= values.Length)
        {
            _offVariation = values.Length - 1;
        }

        if (_fallthrough.Variation >= values.Length)
        {
            _fallthrough = new(values.Length - 1, null);
        }

        return this;
    }

    /// <summary>Turns targeting on or off.</summary>
    public TestFlagBuilder On(bool on = true)
    {
        _on = on;
        return this;
    }

    /// <summary>Turns targeting off: everyone gets the off variation.</summary>
    public TestFlagBuilder Off() => On(false);

    /// <summary>Sets what is served when the flag is off or a prerequisite fails; null means the caller's default.</summary>
    public TestFlagBuilder OffVariation(int? variation)
    {
        _offVariation = variation is { } index ? TestShares.Checked(index) : null;
        return this;
    }

    /// <inheritdoc cref="OffVariation(int?)"/>
    public TestFlagBuilder OffVariation(bool value) => OffVariation(IndexOf(value));

    /// <summary>Sets what is served when no target or rule matches.</summary>
    public TestFlagBuilder FallthroughVariation(int variation)
    {
        _fallthrough = new(TestShares.Checked(variation), null);
        return this;
    }

    /// <inheritdoc cref="FallthroughVariation(int)"/>
    public TestFlagBuilder FallthroughVariation(bool value) => FallthroughVariation(IndexOf(value));

    /// <summary>Splits users by their key when no target or rule matches: the first share is variation 0's. Shares are percentages and add up to 100.</summary>
    public TestFlagBuilder FallthroughRollout(params ReadOnlySpan<double> percentages) => FallthroughRollout(TestShares.Rollout(percentages));

    /// <summary>Splits by a rollout of any form when no target or rule matches.</summary>
    public TestFlagBuilder FallthroughRollout(Rollout rollout)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        _fallthrough = new(null, rollout);
        return this;
    }

    /// <summary>Serves one variation to everyone: turns the flag on and removes prerequisites, targets and rules.</summary>
    public TestFlagBuilder VariationForAll(int variation) =>
        On().ClearPrerequisites().ClearTargets().ClearRules().FallthroughVariation(variation);

    /// <inheritdoc cref="VariationForAll(int)"/>
    public TestFlagBuilder VariationForAll(bool value) => VariationForAll(IndexOf(value));

    /// <summary>Serves one value to everyone, in place of all variations.</summary>
    public TestFlagBuilder ValueForAll(Value value) => Variations(value).VariationForAll(0);

    /// <summary>Serves a variation to one user.</summary>
    public TestFlagBuilder VariationForUser(string userKey, int variation) => VariationForKey(Context.DefaultKind, userKey, variation);

    /// <inheritdoc cref="VariationForUser(string, int)"/>
    public TestFlagBuilder VariationForUser(string userKey, bool value) => VariationForUser(userKey, IndexOf(value));

    /// <summary>Serves a variation to one context of a kind, in place of what it was served before.</summary>
    public TestFlagBuilder VariationForKey(string contextKind, string key, int variation)
    {
        ArgumentException.ThrowIfNullOrEmpty(contextKind);
        ArgumentException.ThrowIfNullOrEmpty(key);
        TestShares.Checked(variation);
        foreach (var target in _targets.Where(target => target.Kind == contextKind))
        {
            target.Keys.RemoveAll(known => known == key);
        }

        var at = _targets.FindIndex(target => target.Kind == contextKind && target.Variation == variation);
        if (at < 0)
        {
            at = _targets.Count;
            _targets.Add((contextKind, variation, []));
        }

        _targets[at].Keys.Add(key);
        return this;
    }

    /// <inheritdoc cref="VariationForKey(string, string, int)"/>
    public TestFlagBuilder VariationForKey(string contextKind, string key, bool value) => VariationForKey(contextKind, key, IndexOf(value));

    /// <summary>Starts a rule: the attribute equals one of the values, or holds one of them if it is an array.</summary>
    /// <param name="contextKind">The kind of the context, such as <c>user</c>.</param>
    /// <param name="attribute">The attribute's name, or a path such as <c>/address/city</c>.</param>
    /// <param name="values">The values.</param>
    public TestRuleBuilder IfMatch(string contextKind, string attribute, params ReadOnlySpan<Value> values) =>
        new TestRuleBuilder(this).AndMatch(contextKind, attribute, values);

    /// <summary>Starts a rule: the context has the attribute, and it equals none of the values.</summary>
    public TestRuleBuilder IfNotMatch(string contextKind, string attribute, params ReadOnlySpan<Value> values) =>
        new TestRuleBuilder(this).AndNotMatch(contextKind, attribute, values);

    /// <summary>Starts a rule: the operator, such as <c>startsWith</c> or <c>semVerGreaterThan</c>, holds for one of the values.</summary>
    public TestRuleBuilder If(string contextKind, string attribute, string op, params ReadOnlySpan<Value> values) =>
        new TestRuleBuilder(this).And(contextKind, attribute, op, values);

    /// <summary>Starts a rule: the operator holds for none of the values.</summary>
    public TestRuleBuilder IfNot(string contextKind, string attribute, string op, params ReadOnlySpan<Value> values) =>
        new TestRuleBuilder(this).AndNot(contextKind, attribute, op, values);

    /// <summary>Starts a rule: the context is in one of the segments.</summary>
    public TestRuleBuilder IfInSegment(params ReadOnlySpan<string> segmentKeys) => new TestRuleBuilder(this).AndInSegment(segmentKeys);

    /// <summary>Starts a rule: the context is in none of the segments.</summary>
    public TestRuleBuilder IfNotInSegment(params ReadOnlySpan<string> segmentKeys) => new TestRuleBuilder(this).AndNotInSegment(segmentKeys);

    /// <summary>Adds a flag that must be on and serve a variation first.</summary>
    public TestFlagBuilder Prerequisite(string flagKey, int variation)
    {
        ArgumentException.ThrowIfNullOrEmpty(flagKey);
        _prerequisites.Add(new() { Key = flagKey, Variation = TestShares.Checked(variation) });
        return this;
    }

    /// <summary>Adds a boolean flag, as this builder makes it, that must be on and serve a value first.</summary>
    public TestFlagBuilder Prerequisite(string flagKey, bool value) => Prerequisite(flagKey, value ? 0 : 1);

    /// <summary>Sets whether front ends may see the flag.</summary>
    public TestFlagBuilder ClientSide(bool visible = true)
    {
        _clientSide = visible;
        return this;
    }

    /// <summary>Sets the salt of the bucketing hash, to move users between the shares of a rollout.</summary>
    public TestFlagBuilder Salt(string salt)
    {
        ArgumentNullException.ThrowIfNull(salt);
        _salt = salt;
        return this;
    }

    /// <summary>Removes all prerequisites.</summary>
    public TestFlagBuilder ClearPrerequisites()
    {
        _prerequisites.Clear();
        return this;
    }

    /// <summary>Removes all targets.</summary>
    public TestFlagBuilder ClearTargets()
    {
        _targets.Clear();
        return this;
    }

    /// <summary>Removes all rules.</summary>
    public TestFlagBuilder ClearRules()
    {
        _rules.Clear();
        return this;
    }

    /// <summary>Makes the flag as it is now; later changes of the builder do not reach it.</summary>
    /// <exception cref="InvalidOperationException">A variation is served that the flag does not have.</exception>
    public Flag Build()
    {
        var targets = _targets.Where(target => target.Keys.Count != 0).ToArray();
        foreach (var (kind, variation, _) in targets)
        {
            Check(variation, $"a target of kind {kind}");
        }

        foreach (var rule in _rules)
        {
            Check(rule.Serve, $"rule {rule.Id}");
        }

        Check(_fallthrough, "the fallthrough");
        Check(_offVariation, "the off variation");

        // Users alone are written the old way. Among other kinds, a user entry without keys marks the place of the old one.
        var users = targets.Where(target => target.Kind == Context.DefaultKind);
        var onlyUsers = targets.All(target => target.Kind == Context.DefaultKind);
        return new()
        {
            Key = _origin.Key,
            Version = _origin.Version,
            On = _on,
            Prerequisites = [.. _prerequisites],
            Targets = [.. users.Select(target => new Target { Variation = target.Variation, Values = KeySet.Of([.. target.Keys]) })],
            ContextTargets = onlyUsers
                ? []
                : [.. targets.Select(target => new Target
                {
                    ContextKind = target.Kind,
                    Variation = target.Variation,
                    Values = target.Kind == Context.DefaultKind ? KeySet.Empty : KeySet.Of([.. target.Keys]),
                })],
            Rules = [.. _rules],
            Fallthrough = _fallthrough,
            OffVariation = _offVariation,
            Variations = _variations,
            Salt = _salt,
            TrackEvents = _origin.TrackEvents,
            TrackEventsFallthrough = _origin.TrackEventsFallthrough,
            DebugEventsUntilDate = _origin.DebugEventsUntilDate,
            ClientSide = _clientSide ?? _origin.ClientSide,
            ClientSideAvailability = _clientSide is { } visible
                ? new() { UsingMobileKey = visible, UsingEnvironmentId = visible }
                : _origin.ClientSideAvailability,
            SamplingRatio = _origin.SamplingRatio,
            ExcludeFromSummaries = _origin.ExcludeFromSummaries,
            Migration = _origin.Migration,
            Unknown = _origin.Unknown,
        };
    }

    internal int IndexOf(bool value)
    {
        var index = _variations.IndexOf(Value.Of(value));
        return index >= 0
            ? index
            : throw new InvalidOperationException(
                $"Flag {_origin.Key} has no variation {(value ? "true" : "false")}: make it a BooleanFlag(), or name the variation by its index.");
    }

    internal TestFlagBuilder AddRule(string? id, ImmutableArray<Clause> clauses, VariationOrRollout serve)
    {
        _rules.Add(new() { Id = id ?? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"rule{_rules.Count}"), Clauses = clauses, Serve = serve });
        return this;
    }

    private static string Named(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return key;
    }

    private void Check(VariationOrRollout serve, string where)
    {
        if (serve.Variation is { } variation)
        {
            Check(variation, where);
        }
        else if (serve.Rollout is { } rollout)
        {
            foreach (var share in rollout.Variations)
            {
                Check(share.Variation, where);
            }
        }
    }

    private void Check(int? variation, string where)
    {
        if (variation < 0 || variation >= _variations.Length)
        {
            throw new InvalidOperationException(
                $"Flag {_origin.Key}: {where} serves variation {variation}, but the flag has {_variations.Length} variation(s).");
        }
    }
}
