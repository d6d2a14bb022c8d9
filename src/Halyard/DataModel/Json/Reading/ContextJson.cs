using System.Text.Json;
using Halyard.DataModel.Json.Tokens;
using Halyard.DataModel.Json.Writing;

namespace Halyard.DataModel.Json.Reading;

/// <summary>Contexts to and from JSON, in their current form and as old-style users.</summary>
internal static class ContextJson
{
    private const int FewMembers = 2;

    private static readonly JsonEncodedText KindName = JsonEncodedText.Encode("kind");
    private static readonly JsonEncodedText KeyName = JsonEncodedText.Encode("key");
    private static readonly JsonEncodedText NameName = JsonEncodedText.Encode("name");
    private static readonly JsonEncodedText AnonymousName = JsonEncodedText.Encode("anonymous");
    private static readonly JsonEncodedText MetaName = JsonEncodedText.Encode("_meta");
    private static readonly JsonEncodedText PrivateName = JsonEncodedText.Encode("privateAttributes");

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

    /// <summary>The text of a valid context.</summary>
    public static string Write(Context context)
    {
        var output = new CharOutput(stackalloc char[CharOutput.FirstRoom], TextRules.Relaxed);
        output.StartObject();
        output.Name(KindName);
        output.Text(context.Kind);
        if (context.IsMulti)
        {
            foreach (var member in context.MemberSpan)
            {
                output.Name(member.Kind);
                output.StartObject();
                WriteSingle(ref output, member);
                output.EndObject();
            }
        }
        else
        {
            WriteSingle(ref output, context);
        }

        output.EndObject();
        return output.TakeText();
    }

    private static void WriteSingle(ref CharOutput output, Context context)
    {
        output.Name(KeyName);
        output.Text(context.Key);
        if (context.Name is { } name)
        {
            output.Name(NameName);
            output.Text(name);
        }

        if (context.Anonymous)
        {
            output.Name(AnonymousName);
            output.Bool(true);
        }

        foreach (ref readonly var attribute in context.CustomAttributes)
        {
            output.Name(attribute.Key);
            ValueWriter.Write(ref output, attribute.Value);
        }

        if (!context.PrivateAttributes.IsEmpty)
        {
            output.Name(MetaName);
            output.StartObject();
            output.Name(PrivateName);
            output.StartArray();
            foreach (var reference in context.PrivateAttributes)
            {
                output.Text(reference.PathText);
            }

            output.EndArray();
            output.EndObject();
        }
    }

    // Nearly always the kind comes first, and once. Otherwise, and where anything is wrong, all is read again in the order in
    // which it counts.
    private static Context ContextAt(ref JsonCursor reader, ReadScratch scratch)
    {
        JsonWalk.ExpectObject(ref reader);
        var start = reader;
        try
        {
            if (JsonWalk.NextMember(ref reader) && scratch.Text(ref reader).SequenceEqual("kind"u8)
                && KindAt(ref reader, scratch) is var kind
                && (kind == Context.MultiKind ? MultiAt(ref reader, scratch, once: true) : SingleAt(ref reader, scratch, kind, once: true)) is { } read)
            {
                return read;
            }
        }
        catch (Exception fault) when (JsonFault.IsFault(fault))
        {
            scratch.DropItem();
        }

        reader = start;
        return KindOf(reader, scratch) switch
        {
            null => LegacyUserAt(ref reader, scratch),
            Context.MultiKind => MultiAt(ref reader, scratch, once: false)!,
            _ => SingleAt(ref reader, scratch, null, once: false)!,
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

    // Null where another kind follows the first and may be read but once.
    private static Context? MultiAt(ref JsonCursor reader, ReadScratch scratch, bool once)
    {
        var members = new List<(string Name, Context Member)>(FewMembers);
        while (JsonWalk.NextMember(ref reader))
        {
            var kind = scratch.Pooled(ref reader);
            if (kind.Length == 0)
            {
                throw JsonFault.At(ref reader, "a member's kind must not be empty");
            }

            if (kind == "kind")
            {
                if (once)
                {
                    return null;
                }

                JsonWalk.Next(ref reader);
                continue;
            }

            JsonWalk.Next(ref reader);
            JsonWalk.ExpectObject(ref reader);
            members.Add((kind, SingleAt(ref reader, scratch, kind, once: false)!));
        }

        if (members.Count > FewMembers || (members.Count == FewMembers && members[0].Name == members[1].Name))
        {
            JsonWalk.KeepLast(members, static member => member.Name);
        }

        var contexts = new Context[members.Count];
        for (var i = 0; i < contexts.Length; i++)
        {
            contexts[i] = members[i].Member;
        }

        return Context.Multi(contexts);
    }

    // The kind is given for a member of a multi-context, which stands under it. One of its own, which a single context has
    // that was put into a multi-context as it was, takes its place; null where there may be none.
    private static Context? SingleAt(ref JsonCursor reader, ReadScratch scratch, string? kind, bool once)
    {
        var builder = new ContextBuilder(null).Kind(kind);
        while (JsonWalk.NextMember(ref reader))
        {
            var name = scratch.Pooled(ref reader);
            switch (name)
            {
                case "kind" when once:
                    return null;
                case "kind":
                    builder.Kind(KindAt(ref reader, scratch));
                    break;
                case "key":
                    JsonWalk.Next(ref reader);
                    JsonWalk.ExpectString(ref reader);
                    builder.Key(scratch.String(ref reader));
                    break;
                case "_meta":
                    if (JsonWalk.NextValue(ref reader))
                    {
                        MetaAt(ref reader, scratch, builder);
                    }

                    break;
                case "name" or "anonymous" or "":
                    AttributeAt(ref reader, scratch, builder, name);
                    break;
                default:
                    JsonWalk.Next(ref reader);
                    builder.SetCustom(name, JsonText.ValueAt(ref reader, scratch));
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
                PrivateAt(ref reader, scratch, builder, isPath: true);
            }
            else
            {
                JsonWalk.SkipMember(ref reader);
            }
        }
    }

    private static void PrivateAt(ref JsonCursor reader, ReadScratch scratch, ContextBuilder builder, bool isPath)
    {
        var texts = JsonWalk.KeySet(ref reader, scratch);
        for (var i = 0; i < texts.Count; i++)
        {
            builder.AddPrivate(scratch.Strings.Reference(texts[i], isPath) ?? AttributeReference.Parse(""));
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
                    builder.Key(scratch.String(ref reader));
                    break;
                case "name" or "anonymous":
                    AttributeAt(ref reader, scratch, builder, name);
                    break;
                case "email" or "country" or "ip" or "firstName" or "lastName" or "avatar":
                    builder.SetSound(name, JsonWalk.String(ref reader, scratch));
                    break;
                case "custom":
                    if (JsonWalk.NextValue(ref reader))
                    {
                        CustomAt(ref reader, scratch, builder);
                    }

                    break;
                case "privateAttributeNames":
                    PrivateAt(ref reader, scratch, builder, isPath: false);
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
                builder.SetSound(name, JsonText.ValueAt(ref reader, scratch));
                break;
        }
    }
}
