using Halyard.Model;

namespace Halyard.Cli;

internal static class DataKindText
{
    /// <summary>The kind's name in sentences and addresses.</summary>
    public static string Noun(this DataKind kind) => kind == DataKind.Flag ? "flag" : "segment";
}
