using System.Text.Json;
using Halyard.Model;
using Microsoft.AspNetCore.Http;

namespace Halyard;

/// <summary>Turns flags, chooses values and takes that back on the page's behalf, and on nobody else's. Thread-safe.</summary>
/// <param name="clientOf">The client of a request.</param>
/// <param name="answer">Answers with JSON.</param>
/// <param name="fail">Answers with an error.</param>
internal sealed class ApplicationPageOverrides(
    Func<HttpContext, IHalyardClient> clientOf, Func<HttpContext, Action<Utf8JsonWriter>, Task> answer, Func<HttpContext, int, string, Task> fail)
{
    /// <summary>Lays over a flag <c>{"on":true}</c> or <c>{"variation":1}</c>, of the flag as it is now, or <c>{"value":...}</c>.</summary>
    public async Task PutAsync(HttpContext http)
    {
        if (!IsOwnPage(http.Request) || clientOf(http) is not Client client)
        {
            await fail(http, StatusCodes.Status403Forbidden, "Flags are not to be changed from here.").ConfigureAwait(false);
            return;
        }

        var key = ApplicationPage.KeyOf(http);
        var body = await ApplicationPage.ReadAsync(http).ConfigureAwait(false);
        var data = await ApplicationPageData.ReadAsync(client, http.RequestAborted).ConfigureAwait(false);
        var held = data.Flags.FirstOrDefault(item => item.Key == key);
        if (body is null || held is null || Changed(held, body) is not { } flag)
        {
            await fail(http, StatusCodes.Status400BadRequest, "One property of a flag that is there is expected: on, true or false, or variation, the index of one of its values.").ConfigureAwait(false);
            return;
        }

        client.Overrides.Set(flag);
        await answer(http, writer => writer.WriteRawValue(ItemDescriptor<Flag>.Of(key, flag.Version, flag).ToUtf8Json(), skipInputValidation: true)).ConfigureAwait(false);
    }

    /// <summary>Takes an override back.</summary>
    public Task RemoveAsync(HttpContext http) =>
        !IsOwnPage(http.Request) || clientOf(http) is not Client client ? fail(http, StatusCodes.Status403Forbidden, "Flags are not to be changed from here.")
        : client.Overrides.Remove(ApplicationPage.KeyOf(http)) ? answer(http, static writer => writer.WriteNullValue())
        : fail(http, StatusCodes.Status404NotFound, "The flag is not overridden on this page.");

    // The flag as it is, on or off; or off with one of its values as what everybody then gets.
    private static Flag? Changed(ItemDescriptor<Flag> held, byte[] body)
    {
        var (on, off) = (false, held.Item!.OffVariation);
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object || document.RootElement.EnumerateObject().ToArray() is not [var only])
            {
                return null;
            }

            if (only.NameEquals("on"u8) && only.Value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            {
                on = only.Value.GetBoolean();
            }
            else if (only.NameEquals("variation"u8) && only.Value.ValueKind == JsonValueKind.Number && only.Value.TryGetInt32(out var index)
                && index >= 0 && index < held.Item.Variations.Length)
            {
                off = index;
            }
            else
            {
                return null;
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }

        using var flag = JsonDocument.Parse(held.ToUtf8Json(), new() { MaxDepth = int.MaxValue });
        var text = new ObjectText();
        foreach (var property in flag.RootElement.EnumerateObject())
        {
            if (!ObjectText.Is(property, "on"u8) && !ObjectText.Is(property, "offVariation"u8))
            {
                text.Copy(property);
            }
        }

        text.Add("on"u8, on);
        if (off is { } variation)
        {
            text.Add("offVariation"u8, variation);
        }

        return ((ItemDescriptor<Flag>)ItemDescriptor.FromJson(DataKind.Flag, held.Key, text.End())).Item;
    }

    // The application's cookies come with what any page sends: a browser says whose page it was.
    private static bool IsOwnPage(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"].ToString() is { Length: > 0 } site
            ? site is "same-origin" or "none"
            : request.Headers.Origin.ToString() is not { Length: > 0 } origin
                || (Uri.TryCreate(origin, UriKind.Absolute, out var page) && string.Equals(page.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase));
}
