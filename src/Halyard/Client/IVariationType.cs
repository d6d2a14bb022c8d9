namespace Halyard;

/// <summary>How a variation is read as a type; strict: a value of another JSON type is not converted.</summary>
internal interface IVariationType<T>
{
    static abstract bool TryRead(in Value variation, out T value);

    static abstract Value ToValue(T value);
}
