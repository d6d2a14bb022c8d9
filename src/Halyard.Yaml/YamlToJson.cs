using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Halyard;

/// <summary>Writes YAML nodes as JSON: an alias becomes a copy of its node, and merge keys are resolved.</summary>
internal static class YamlToJson
{
    // The writer is flushed at times so that a large file's JSON does not wait in one piece.
    private const int FlushAt = 32 * 1024;

    public static void Write(YamlNode root, IBufferWriter<byte> output, int textLength)
    {
        using var writer = new Utf8JsonWriter(output, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        new Walk(writer, textLength).Node(root, 1);
    }

    private sealed class Walk(Utf8JsonWriter writer, int textLength)
    {
        private const int MaxDepth = 64;

        // Copies for aliases and merge keys may make a file several times larger. A few lines that grow a million
        // times are an attack or an accident.
        private long _budget = 1_000_000 + (10L * textLength);

        public void Node(YamlNode node, int depth)
        {
            if (depth > MaxDepth)
            {
                throw node.Error($"the YAML is nested deeper than {MaxDepth} levels once its aliases are written out");
            }

            Spend(node, 1);
            switch (node)
            {
                case YamlScalar scalar:
                    Spend(node, scalar.Text.Length);
                    YamlScalars.Write(writer, scalar);
                    break;
                case YamlSequence sequence:
                    writer.WriteStartArray();
                    foreach (var item in sequence.Items)
                    {
                        Node(item, depth + 1);
                    }

                    writer.WriteEndArray();
                    break;
                case YamlMapping mapping:
                    writer.WriteStartObject();
                    foreach (var (key, value) in mapping.Merged.Count == 0 ? mapping.Entries : Entries(mapping))
                    {
                        Spend(node, key.Length);
                        writer.WritePropertyName(key);
                        Node(value, depth + 1);
                    }

                    writer.WriteEndObject();
                    break;
            }

            if (writer.BytesPending >= FlushAt)
            {
                writer.Flush();
            }
        }

        // A mapping's own entries come before merged ones, and win; so do those of a mapping merged earlier.
        private List<(string Key, YamlNode Value)> Entries(YamlMapping mapping)
        {
            var entries = new List<(string Key, YamlNode Value)>();
            Collect(mapping, entries, new(StringComparer.Ordinal), 1);
            return entries;
        }

        private void Collect(YamlMapping mapping, List<(string Key, YamlNode Value)> entries, HashSet<string> keys, int depth)
        {
            if (depth > MaxDepth)
            {
                throw mapping.Error($"merge keys lead through more than {MaxDepth} mappings");
            }

            foreach (var entry in mapping.Entries)
            {
                Spend(mapping, 1);
                if (keys.Add(entry.Key))
                {
                    entries.Add(entry);
                }
            }

            foreach (var merged in mapping.Merged)
            {
                Spend(mapping, 1);
                Collect(merged, entries, keys, depth + 1);
            }
        }

        private void Spend(YamlNode node, int amount)
        {
            _budget -= amount;
            if (_budget < 0)
            {
                throw node.Error("the aliases of this file make it grow beyond all reason");
            }
        }
    }
}
