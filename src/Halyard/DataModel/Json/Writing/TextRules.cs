using System.Buffers;
using System.Text.Encodings.Web;

namespace Halyard.DataModel.Json.Writing;

/// <summary>Which characters of a JSON text are escaped, and how: an encoder of the platform, with what it leaves alone for sure.</summary>
/// <param name="encoder">The encoder, which decides.</param>
/// <param name="plain">Characters that it does not escape; texts of them alone, which are nearly all, never get to it.</param>
internal sealed class TextRules(JavaScriptEncoder encoder, string plain)
{
    // All of ASCII that can be seen, without what the stricter rules escape, the quote and the backslash.
    private const string Common =
        " !#$%()*,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_abcdefghijklmnopqrstuvwxyz{|}~";

    /// <summary>Only what JSON itself demands.</summary>
    public static TextRules Relaxed { get; } = new(JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Common + "&'+<>`");

    /// <summary>What may stand inside of HTML too.</summary>
    public static TextRules ForPages { get; } = new(JavaScriptEncoder.Default, Common);

    public JavaScriptEncoder Encoder => encoder;

    public SearchValues<char> Plain { get; } = SearchValues.Create(plain);
}
