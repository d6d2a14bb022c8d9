using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Halyard.TypedFlags;

/// <summary>
/// Makes objects of JSON values, each once: what was made of a value is found by the value itself (its array, object or text, not what stands in it) and
/// lives as long as that. A new version of a flag brings new values; the old ones go with what was made of them. Thread-safe; reads take no lock.
/// </summary>
internal static class ParsedValues
{
    private static readonly ConditionalWeakTable<object, ParsedForms> Known = [];

    // Values may have more levels than a writer allows by itself.
    private static readonly JsonWriterOptions Writing = new() { SkipValidation = true, MaxDepth = int.MaxValue };

    /// <summary>Reads a value as a type. False when it is not of the type, or is null.</summary>
    public static bool TryRead<T>(in Value value, JsonTypeInfo<T> type, out T? result)
    {
        if (value.Reference is not { } reference)
        {
            result = default;
            return false;
        }

        // Booleans and ordinary numbers have no object of their own, and take no time.
        if (value.IsShared)
        {
            return TryParse(value, type, out result);
        }

        if (Known.TryGetValue(reference, out var forms) && Find<T>(forms.Newest, type) is { } known)
        {
            result = known.Result;
            return known.IsSound;
        }

        return Add(value, reference, type, out result);
    }

    private static bool Add<T>(in Value value, object reference, JsonTypeInfo<T> type, out T? result)
    {
        var forms = Known.GetValue(reference, static _ => new ParsedForms());
        var isSound = TryParse(value, type, out result);
        while (true)
        {
            var newest = forms.Newest;
            if (Find<T>(newest, type) is { } known)
            {
                // Somebody else was quicker: all callers get one and the same object.
                result = known.Result;
                return known.IsSound;
            }

            var next = newest is { Count: < ParsedForms.MostForms } ? newest : null;
            if (forms.TryAdd(new ParsedForm<T>(type, (next?.Count ?? 0) + 1, next, isSound, result), newest))
            {
                return isSound;
            }
        }
    }

    private static ParsedForm<T>? Find<T>(ParsedForm? form, JsonTypeInfo type)
    {
        for (; form is not null; form = form.Next)
        {
            if (ReferenceEquals(form.Type, type))
            {
                return (ParsedForm<T>)form;
            }
        }

        return null;
    }

    private static bool TryParse<T>(in Value value, JsonTypeInfo<T> type, out T? result)
    {
        try
        {
            var json = new ArrayBufferWriter<byte>(256);
            using (var writer = new Utf8JsonWriter(json, Writing))
            {
                value.WriteTo(writer);
            }

            result = JsonSerializer.Deserialize(json.WrittenSpan, type);
            return result is not null;
        }
        catch (Exception)
        {
            // A converter is the application's code and may throw anything; a read of a flag throws nothing.
            result = default;
            return false;
        }
    }
}
