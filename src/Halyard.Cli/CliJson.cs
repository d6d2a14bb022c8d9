using System.Text.Encodings.Web;
using System.Text.Json;

namespace Halyard.Cli;

/// <summary>How the tool writes JSON.</summary>
internal static class CliJson
{
    /// <summary>For text that people read: only what JSON itself demands is escaped.</summary>
    public static JsonWriterOptions Plain { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true, MaxDepth = int.MaxValue };
}
