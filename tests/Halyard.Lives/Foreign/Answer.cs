namespace Halyard.Lives.Foreign;

/// <summary>An answer as it goes out.</summary>
/// <param name="Kind">How it ends.</param>
/// <param name="Status">Its status.</param>
/// <param name="Headers">Its headers, of the body too.</param>
/// <param name="Body">Its whole body.</param>
/// <param name="Sent">How much of the body comes.</param>
/// <param name="Piece">How much comes at once.</param>
/// <param name="StaysOpen">Whether the body has no end.</param>
internal sealed record Answer(
    AnswerKind Kind, int Status, IReadOnlyList<(string Name, string Value)> Headers, byte[] Body, int Sent, int Piece, bool StaysOpen);
