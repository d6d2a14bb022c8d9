using Halyard.DataModel.Json.Reading;

namespace Halyard.DataModel.Json.Tokens;

/// <summary>Reads one element, at its first token; afterwards the reader stands at its last.</summary>
internal delegate T ElementReader<T>(ref JsonCursor reader, ReadScratch scratch);
