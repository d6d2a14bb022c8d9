namespace Halyard;

internal readonly struct JsonType : IVariationType<Value>
{
    public static bool TryRead(in Value variation, out Value value)
    {
        value = variation;
        return true;
    }

    public static Value ToValue(Value value) => value;
}
