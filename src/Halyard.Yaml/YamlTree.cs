using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Halyard;

/// <summary>A node of a YAML document. An alias is the very node it stands for.</summary>
internal abstract class YamlNode(Mark start)
{
    public Mark Start { get; } = start;

    public FlagFileFormatException Error(string message) => YamlTree.Error(Start, message);
}

internal sealed class YamlScalar(Mark start, string text, string? tag, bool isPlain) : YamlNode(start)
{
    public string Text { get; } = text;

    /// <summary>The explicit tag, or null.</summary>
    public string? Tag { get; } = tag;

    /// <summary>Whether it was written without quotes and not as a block, so that its text decides what it is.</summary>
    public bool IsPlain { get; } = isPlain;
}

internal sealed class YamlSequence(Mark start) : YamlNode(start)
{
    public List<YamlNode> Items { get; } = [];
}

internal sealed class YamlMapping(Mark start) : YamlNode(start)
{
    /// <summary>The entries, merge keys left out, in order; keys are unique.</summary>
    public List<(string Key, YamlNode Value)> Entries { get; } = [];

    /// <summary>The mappings that merge keys name, in order: an earlier one's keys win.</summary>
    public List<YamlMapping> Merged { get; } = [];
}

/// <summary>Reads a YAML text of one document into nodes.</summary>
internal static class YamlTree
{
    // The JSON reader's own limit.
    private const int MaxDepth = 64;

    public static YamlNode Read(string text)
    {
        var parser = new Parser(new StringReader(text));
        try
        {
            return new Reader(parser).Document();
        }
        catch (YamlException exception)
        {
            throw Error(exception.Start, $"not valid YAML: {exception.Message}.".Replace("..", ".", StringComparison.Ordinal), exception);
        }
        catch (Exception exception) when (exception is not FlagFileFormatException)
        {
            // Some malformed texts bring the parser itself into a state that it does not expect.
            throw Error(parser.Current?.End ?? Mark.Empty, "not valid YAML", exception);
        }
    }

    public static FlagFileFormatException Error(Mark at, string message, Exception? innerException = null) =>
        new(message, (int)at.Line, (int)at.Column, innerException);

    private sealed class Reader(Parser parser)
    {
        private readonly Dictionary<string, YamlNode> _anchors = new(StringComparer.Ordinal);
        private readonly HashSet<string> _open = new(StringComparer.Ordinal);

        public YamlNode Document()
        {
            Take<StreamStart>();
            if (Peek() is StreamEnd end)
            {
                throw Error(end.Start, "the file has no YAML document");
            }

            Take<DocumentStart>();
            var root = Node(1);
            Take<DocumentEnd>();
            if (Peek() is DocumentStart second)
            {
                throw Error(second.Start, "a second YAML document begins here; a flag file has one");
            }

            return root;
        }

        private YamlNode Node(int depth)
        {
            var current = Peek();
            if (depth > MaxDepth)
            {
                throw Error(current.Start, $"the YAML is nested deeper than {MaxDepth} levels");
            }

            switch (current)
            {
                case AnchorAlias alias:
                    parser.MoveNext();
                    return Resolve(alias);
                case Scalar scalar:
                    parser.MoveNext();
                    return Anchored(scalar, new YamlScalar(scalar.Start, scalar.Value, TagOf(scalar), scalar.Style == ScalarStyle.Plain));
                case SequenceStart start:
                    return Sequence(start, depth);
                case MappingStart start:
                    return Mapping(start, depth);
                default:
                    throw Error(current.Start, "unexpected YAML");
            }
        }

        private YamlNode Sequence(SequenceStart start, int depth)
        {
            parser.MoveNext();
            ExpectTag(start, "tag:yaml.org,2002:seq");
            Open(start);
            var sequence = new YamlSequence(start.Start);
            while (Peek() is not SequenceEnd)
            {
                sequence.Items.Add(Node(depth + 1));
            }

            parser.MoveNext();
            return Anchored(start, sequence);
        }

        private YamlNode Mapping(MappingStart start, int depth)
        {
            parser.MoveNext();
            ExpectTag(start, "tag:yaml.org,2002:map");
            Open(start);
            var mapping = new YamlMapping(start.Start);
            var keys = new HashSet<string>(StringComparer.Ordinal);
            while (Peek() is not MappingEnd)
            {
                Entry(mapping, keys, depth);
            }

            parser.MoveNext();
            return Anchored(start, mapping);
        }

        private void Entry(YamlMapping mapping, HashSet<string> keys, int depth)
        {
            var keyNode = Node(depth + 1);
            if (keyNode is not YamlScalar key)
            {
                throw keyNode.Error("a key must be a scalar");
            }

            var value = Node(depth + 1);
            if (key is { Text: "<<", IsPlain: true, Tag: null or "tag:yaml.org,2002:merge" })
            {
                Merge(mapping, key, value);
            }
            else if (keys.Add(key.Text))
            {
                mapping.Entries.Add((key.Text, value));
            }
            else
            {
                throw key.Error($"the key \"{key.Text}\" is repeated in this mapping");
            }
        }

        private static void Merge(YamlMapping mapping, YamlScalar key, YamlNode value)
        {
            foreach (var source in value is YamlSequence sequence ? sequence.Items : [value])
            {
                mapping.Merged.Add(source as YamlMapping ?? throw key.Error("the merge key << needs a mapping, or a list of mappings"));
            }
        }

        private YamlNode Resolve(AnchorAlias alias)
        {
            var name = alias.Value.Value;
            return _anchors.TryGetValue(name, out var node) && !_open.Contains(name)
                ? node
                : throw Error(alias.Start, _open.Contains(name) ? $"the alias *{name} is inside what it stands for" : $"the alias *{name} has no anchor before it");
        }

        private void Open(NodeEvent node)
        {
            if (!node.Anchor.IsEmpty)
            {
                _open.Add(node.Anchor.Value);
            }
        }

        private YamlNode Anchored(NodeEvent node, YamlNode result)
        {
            if (!node.Anchor.IsEmpty)
            {
                _open.Remove(node.Anchor.Value);
                _anchors[node.Anchor.Value] = result;
            }

            return result;
        }

        private static string? TagOf(NodeEvent node) => node.Tag.IsEmpty ? null : node.Tag.Value;

        private static void ExpectTag(NodeEvent node, string tag)
        {
            if (TagOf(node) is { } actual && actual != "!" && actual != tag)
            {
                throw Error(node.Start, $"the tag {actual} is not supported");
            }
        }

        private ParsingEvent Peek()
        {
            // Comments come as events only when asked for.
            if (parser.Current is null && !parser.MoveNext())
            {
                throw new FlagFileFormatException("the YAML ends too early", 0, 0);
            }

            return parser.Current!;
        }

        private void Take<T>()
            where T : ParsingEvent
        {
            var current = Peek();
            if (current is not T)
            {
                throw Error(current.Start, "unexpected YAML");
            }

            parser.MoveNext();
        }
    }
}
