using System.Collections.Immutable;
using System.Text.Json;
using Halyard.DataModel.Json.Reading;

namespace Halyard.AnalyticsEvents;

/// <summary>
/// Writes contexts for events, without what is private; the names of what was left out go into
/// <c>_meta.redactedAttributes</c>. For one thread.
/// </summary>
internal sealed class EventContextWriter
{
    private readonly bool _allPrivate;
    private readonly ImmutableArray<AttributeReference> _private;
    private readonly List<string> _redacted = [];
    private readonly List<string> _path = [];

    public EventContextWriter(EventOptions options)
    {
        _allPrivate = options.AllAttributesPrivate;
        _private = [.. options.PrivateAttributes.Select(AttributeReference.Parse)];
    }

    /// <summary>Writes a valid context.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="context">The context.</param>
    /// <param name="redactAnonymous">Whether anonymous contexts show no attributes at all.</param>
    public void Write(Utf8JsonWriter writer, Context context, bool redactAnonymous)
    {
        writer.WriteStartObject();
        writer.WriteString("kind"u8, context.Kind);
        if (context.IsMulti)
        {
            foreach (var member in context.MemberSpan)
            {
                writer.WriteStartObject(member.Kind);
                WriteSingle(writer, member, redactAnonymous);
                writer.WriteEndObject();
            }
        }
        else
        {
            WriteSingle(writer, context, redactAnonymous);
        }

        writer.WriteEndObject();
    }

    private void WriteSingle(Utf8JsonWriter writer, Context context, bool redactAnonymous)
    {
        var nothing = _allPrivate || (redactAnonymous && context.Anonymous);
        _redacted.Clear();
        writer.WriteString("key"u8, context.Key);
        if (context.Anonymous)
        {
            writer.WriteBoolean("anonymous"u8, true);
        }

        if (context.Name is not null && !IsRedacted("name", nothing, context))
        {
            writer.WriteString("name"u8, context.Name);
        }

        foreach (ref readonly var attribute in context.CustomAttributes)
        {
            if (IsRedacted(attribute.Key, nothing, context))
            {
                continue;
            }

            writer.WritePropertyName(attribute.Key);
            if (attribute.Value.Kind == ValueKind.Object && HasPrivatePart(attribute.Key, context))
            {
                _path.Clear();
                WriteFiltered(writer, attribute.Key, attribute.Value, context);
            }
            else
            {
                JsonText.Write(writer, attribute.Value);
            }
        }

        WriteMeta(writer);
    }

    private void WriteMeta(Utf8JsonWriter writer)
    {
        if (_redacted.Count == 0)
        {
            return;
        }

        writer.WriteStartObject("_meta"u8);
        writer.WriteStartArray("redactedAttributes"u8);
        foreach (var name in _redacted)
        {
            writer.WriteStringValue(name);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private bool IsRedacted(string name, bool nothing, Context context)
    {
        if (nothing)
        {
            _redacted.Add(name.StartsWith('/') ? AttributeReference.Literal(name).PathText : name);
            return true;
        }

        if ((FindWhole(_private, name) ?? FindWhole(context.PrivateAttributes, name)) is { } reference)
        {
            _redacted.Add(reference.PathText);
            return true;
        }

        return false;
    }

    private static AttributeReference? FindWhole(ImmutableArray<AttributeReference> references, string name)
    {
        foreach (var reference in references)
        {
            if (reference is { IsValid: true, Rest: null } && reference.Name == name)
            {
                return reference;
            }
        }

        return null;
    }

    private bool HasPrivatePart(string name, Context context)
    {
        return Has(_private, name) || Has(context.PrivateAttributes, name);

        static bool Has(ImmutableArray<AttributeReference> references, string name)
        {
            foreach (var reference in references)
            {
                if (reference is { IsValid: true, Rest: not null } && reference.Name == name)
                {
                    return true;
                }
            }

            return false;
        }
    }

    private void WriteFiltered(Utf8JsonWriter writer, string attribute, in Value value, Context context)
    {
        writer.WriteStartObject();
        foreach (var (name, member) in value.AsObject)
        {
            _path.Add(name);
            if ((FindPart(_private, attribute) ?? FindPart(context.PrivateAttributes, attribute)) is { } reference)
            {
                _redacted.Add(reference.PathText);
            }
            else
            {
                writer.WritePropertyName(name);
                if (member.Kind == ValueKind.Object)
                {
                    WriteFiltered(writer, attribute, member, context);
                }
                else
                {
                    JsonText.Write(writer, member);
                }
            }

            _path.RemoveAt(_path.Count - 1);
        }

        writer.WriteEndObject();
    }

    private AttributeReference? FindPart(ImmutableArray<AttributeReference> references, string attribute)
    {
        foreach (var reference in references)
        {
            if (reference is { IsValid: true, Rest: { } rest } && reference.Name == attribute && IsPath(rest))
            {
                return reference;
            }
        }

        return null;
    }

    private bool IsPath(string[] rest)
    {
        if (rest.Length != _path.Count)
        {
            return false;
        }

        for (var i = 0; i < rest.Length; i++)
        {
            if (rest[i] != _path[i])
            {
                return false;
            }
        }

        return true;
    }
}
