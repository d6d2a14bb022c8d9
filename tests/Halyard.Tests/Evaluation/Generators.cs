using CsCheck;

namespace Halyard.Tests.Evaluation;

internal static class Generators
{
    public static Gen<T> Any<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);
}
