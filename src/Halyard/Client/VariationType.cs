namespace Halyard;

/// <summary>How a variation is read as a type; strict: a value of another JSON type is not converted.</summary>
internal interface IVariationType<T>
{
    static abstract bool TryRead(in Value variation, out T value);

    static abstract Value ToValue(T value);
}

internal readonly struct BoolType : IVariationType<bool>
{
    public static bool TryRead(in Value variation, out bool value)
    {
        value = variation.AsBool;
        return variation.IsBool;
    }

    public static Value ToValue(bool value) => Value.Of(value);
}

internal readonly struct StringType : IVariationType<string>
{
    public static bool TryRead(in Value variation, out string value)
    {
        value = variation.AsString!;
        return value is not null;
    }

    public static Value ToValue(string value) => Value.Of(value);
}

internal readonly struct IntType : IVariationType<int>
{
    public static bool TryRead(in Value variation, out int value)
    {
        value = variation.AsInt;
        return variation.IsNumber;
    }

    public static Value ToValue(int value) => Value.Of((double)value);
}

internal readonly struct DoubleType : IVariationType<double>
{
    public static bool TryRead(in Value variation, out double value)
    {
        value = variation.AsDouble;
        return variation.IsNumber;
    }

    public static Value ToValue(double value) => Value.Of(value);
}

internal readonly struct JsonType : IVariationType<Value>
{
    public static bool TryRead(in Value variation, out Value value)
    {
        value = variation;
        return !variation.IsNull;
    }

    public static Value ToValue(Value value) => value;
}
