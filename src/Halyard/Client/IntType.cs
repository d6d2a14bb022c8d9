namespace Halyard;

internal readonly struct IntType : IVariationType<int>
{
    public static bool TryRead(in Value variation, out int value)
    {
        value = variation.AsInt;
        return variation.IsNumber;
    }

    public static Value ToValue(int value) => Value.Of((double)value);
}
