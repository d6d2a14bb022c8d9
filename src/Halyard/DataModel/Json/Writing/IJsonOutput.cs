using System.Text.Json;

namespace Halyard.DataModel.Json.Writing;

/// <summary>
/// Where JSON is written to, so that what is written both into a service's request and into a string is told once. Whoever
/// writes is generic in it: the compiler then makes the calls direct.
/// </summary>
internal interface IJsonOutput
{
    void StartObject();

    void EndObject();

    void StartArray();

    void EndArray();

    /// <summary>The name of a member.</summary>
    void Name(string name);

    /// <summary>The name of a member that needs no escape.</summary>
    void Name(JsonEncodedText name);

    /// <summary>A text, which is quoted and escaped.</summary>
    void Text(string text);

    void Number(long number);

    void Number(double number);

    /// <summary>A number by the text it was read with.</summary>
    void Number(string digits);

    void Bool(bool value);

    void Null();
}
