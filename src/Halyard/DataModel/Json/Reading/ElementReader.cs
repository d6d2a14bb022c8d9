using Halyard.DataModel.Json.Tokens;

namespace Halyard.DataModel.Json.Reading;

/// <summary>Reads one element, at its first token; afterwards the reader stands at its last.</summary>
internal delegate T ElementReader<T>(ref JsonCursor reader, ReadScratch scratch);
