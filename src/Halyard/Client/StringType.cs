namespace Halyard;

internal readonly struct StringType : IVariationType<string>
{
    public static bool TryRead(in Value variation, out string value)
    {
        value = variation.AsString!;
        return value is not null;
    }

    public static Value ToValue(string value) => Value.Of(value);
}
