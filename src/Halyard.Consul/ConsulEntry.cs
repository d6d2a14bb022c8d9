namespace Halyard;

/// <summary>A key of Consul's as it lists them.</summary>
/// <param name="Key">The whole key.</param>
/// <param name="Value">The value; empty when it has none.</param>
/// <param name="ModifyIndex">Tells its last change; a write can be made to depend on it.</param>
internal readonly record struct ConsulEntry(string Key, byte[] Value, ulong ModifyIndex);
