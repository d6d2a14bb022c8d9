namespace Halyard;

internal readonly struct DoubleType : IVariationType<double>
{
    public static bool TryRead(in Value variation, out double value)
    {
        value = variation.AsDouble;
        return variation.IsNumber;
    }

    public static Value ToValue(double value) => Value.Of(value);
}
