using System.Buffers;
using System.Text;
using System.Text.Json;
using Halyard.DataModel.Json.Tokens;

namespace Halyard.DataModel.Json.Reading;

/// <summary>Contexts to and from JSON, in their current form and as old-style users.</summary>
internal static class ContextJson
{
    public static Context Read(ReadOnlySpan<byte> utf8Json)
    {
        try
        {
            return JsonWalk.Document(utf8Json, ContextAt);
        }
        catch (MalformedDataException malformed)
        {
            return Context.Invalid($"The context's JSON cannot be read. {malformed.Message}");
        }
    }

    public static string Write(Context context)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text, JsonText.Plain))
        {
            Write(writer, context);
        }

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    /// <summary>Writes a valid context.</summary>
    public static void Write(Utf8JsonWriter writer, Context context)
    {
        writer.WriteStartObject();
        writer.WriteString("kind"u8, context.Kind);
        if (context.IsMulti)
        {
            foreach (var member in context.MemberSpan)
            {
                writer.WriteStartObject(member.Kind);
                WriteSingle(writer, member);
                writer.WriteEndObject();
            }
        }
        else
        {
            WriteSingle(writer, context);
        }

        writer.WriteEndObject();
    }

    private static void WriteSingle(Utf8JsonWriter writer, Context context)
    {
        writer.WriteString("key"u8, context.Key);
        if (context.Name is not null)
        {
            writer.WriteString("name"u8, context.Name);
        }

        if (context.Anonymous)
        {
            writer.WriteBoolean("anonymous"u8, true);
        }

        foreach (var (name, value) in context.CustomAttributes)
        {
            writer.WritePropertyName(name);
            JsonText.Write(writer, value);
        }

        if (!context.PrivateAttributes.IsEmpty)
        {
            writer.WriteStartObject("_meta"u8);
            writer.WriteStartArray("privateAttributes"u8);
            foreach (var reference in context.PrivateAttributes)
            {
                writer.WriteStringValue(reference.PathText);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }
    }

    // The kind decides how everything else reads, and may stand anywhere.
    private static Context ContextAt(ref JsonCursor reader, ReadScratch scratch)
    {
        JsonWalk.ExpectObject(ref reader);
        return KindOf(reader, scratch) switch
        {
            null => LegacyUserAt(ref reader, scratch),
            Context.MultiKind => MultiAt(ref reader, scratch),
            _ => SingleAt(ref reader, scratch, null),
        };
    }

    private static string? KindOf(JsonCursor reader, ReadScratch scratch)
    {
        string? kind = null;
        while (JsonWalk.NextMember(ref reader))
        {
            if (scratch.Text(ref reader).SequenceEqual("kind"u8))
            {
                kind = KindAt(ref reader, scratch);
            }
            else
            {
                JsonWalk.SkipMember(ref reader);
            }
        }

        return kind;
    }

    private static string KindAt(ref JsonCursor reader, ReadScratch scratch)
    {
        JsonWalk.Next(ref reader);
        JsonWalk.ExpectString(ref reader);
        var kind = scratch.Pooled(ref reader);
        return kind.Length == 0 ? throw JsonFault.At(ref reader, "the kind must not be empty") : kind;
    }

    private static Context MultiAt(ref JsonCursor reader, ReadScratch scratch)
    {
        var members = new List<(string Name, Context Member)>();
        while (JsonWalk.NextMember(ref reader))
        {
            var kind = scratch.Pooled(ref reader);
            if (kind.Length == 0)
            {
                throw JsonFault.At(ref reader, "a member's kind must not be empty");
            }

            JsonWalk.Next(ref reader);
            if (kind == "kind")
            {
                continue;
            }

            JsonWalk.ExpectObject(ref reader);
            members.Add((kind, SingleAt(ref reader, scratch, kind)));
        }

        JsonWalk.KeepLast(members, static member => member.Name);
        return Context.Multi([.. members.Select(static member => member.Member)]);
    }

    // The kind is given for a member of a multi-context, which stands under it. One of its own, which a single context has
    // that was put into a multi-context as it was, takes its place.
    private static Context SingleAt(ref JsonCursor reader, ReadScratch scratch, string? kind)
    {
        var builder = new ContextBuilder(null).Kind(kind);
        while (JsonWalk.NextMember(ref reader))
        {
            var name = scratch.Pooled(ref reader);
            switch (name)
            {
                case "kind":
                    builder.Kind(KindAt(ref reader, scratch));
                    break;
                case "key":
                    JsonWalk.Next(ref reader);
                    JsonWalk.ExpectString(ref reader);
                    builder.Set(name, scratch.String(ref reader));
                    break;
                case "_meta":
                    if (JsonWalk.NextValue(ref reader))
                    {
                        MetaAt(ref reader, scratch, builder);
                    }

                    break;
                default:
                    AttributeAt(ref reader, scratch, builder, name);
                    break;
            }
        }

        return builder.Build();
    }

    private static void MetaAt(ref JsonCursor reader, ReadScratch scratch, ContextBuilder builder)
    {
        JsonWalk.ExpectObject(ref reader);
        while (JsonWalk.NextMember(ref reader))
        {
            if (scratch.Text(ref reader).SequenceEqual("privateAttributes"u8))
            {
                foreach (var reference in JsonWalk.KeySet(ref reader, scratch))
                {
                    builder.Private(reference);
                }
            }
            else
            {
                JsonWalk.SkipMember(ref reader);
            }
        }
    }

    private static Context LegacyUserAt(ref JsonCursor reader, ReadScratch scratch)
    {
        var builder = new ContextBuilder(null) { AllowsEmptyKey = true };
        while (JsonWalk.NextMember(ref reader))
        {
            var name = scratch.Pooled(ref reader);
            switch (name)
            {
                case "key":
                    JsonWalk.Next(ref reader);
                    JsonWalk.ExpectString(ref reader);
                    builder.Set(name, scratch.String(ref reader));
                    break;
                case "name" or "anonymous":
                    AttributeAt(ref reader, scratch, builder, name);
                    break;
                case "email" or "country" or "ip" or "firstName" or "lastName" or "avatar":
                    builder.Set(name, JsonWalk.String(ref reader, scratch));
                    break;
                case "custom":
                    if (JsonWalk.NextValue(ref reader))
                    {
                        CustomAt(ref reader, scratch, builder);
                    }

                    break;
                case "privateAttributeNames":
                    foreach (var literal in JsonWalk.KeySet(ref reader, scratch))
                    {
                        builder.AddPrivate(AttributeReference.Literal(literal));
                    }

                    break;
                default:
                    JsonWalk.SkipMember(ref reader);
                    break;
            }
        }

        return builder.Build();
    }

    private static void CustomAt(ref JsonCursor reader, ReadScratch scratch, ContextBuilder builder)
    {
        JsonWalk.ExpectObject(ref reader);
        while (JsonWalk.NextMember(ref reader))
        {
            var name = scratch.Pooled(ref reader);
            if (name is "kind" or "key" or "name" or "anonymous")
            {
                // Top-level names, which no custom attribute may cover.
                JsonWalk.SkipMember(ref reader);
            }
            else
            {
                AttributeAt(ref reader, scratch, builder, name);
            }
        }
    }

    private static void AttributeAt(ref JsonCursor reader, ReadScratch scratch, ContextBuilder builder, string name)
    {
        JsonWalk.Next(ref reader);
        switch (name)
        {
            case "name" when reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null):
                throw JsonFault.Expected(ref reader, "a string");
            case "anonymous" when reader.TokenType is not (JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null):
                throw JsonFault.Expected(ref reader, "a boolean");
            default:
                builder.Set(name, JsonText.ValueAt(ref reader, scratch));
                break;
        }
    }
}
