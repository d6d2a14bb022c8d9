using Halyard.Model;

namespace Halyard.DataSystems.Sources.Files;

/// <summary>One item of a flag file, in a form that does not depend on how the file was formatted.</summary>
/// <param name="Section">The section it stood in.</param>
/// <param name="Key">Its key.</param>
/// <param name="Path">The file.</param>
/// <param name="Line">The line of its key; 0 when the file is not JSON, whose lines the item does not know.</param>
/// <param name="Members">Its JSON members but <c>key</c> and, unless it is an override, <c>version</c>; each with a comma before it.</param>
/// <param name="Problem">What is wrong with it beyond its members, with a path; null when nothing is.</param>
internal readonly record struct FlagFileItem(
    string Section, string Key, string Path, int Line, ReadOnlyMemory<byte> Members, MalformedDataException? Problem)
{
    public DataKind Kind => Section == FlagFileParser.Segments ? DataKind.Segment : DataKind.Flag;

    /// <summary>Where it stands in the file, spelled as the model reader spells paths.</summary>
    public string JsonPath => FlagFileParser.PathOf(Section, Key);

    public string Place => Line == 0 ? Path : $"{Path}, line {Line}";
}
