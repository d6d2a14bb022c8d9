namespace Halyard;

internal readonly struct BoolType : IVariationType<bool>
{
    public static bool TryRead(in Value variation, out bool value)
    {
        value = variation.AsBool;
        return variation.IsBool;
    }

    public static Value ToValue(bool value) => Value.Of(value);
}
