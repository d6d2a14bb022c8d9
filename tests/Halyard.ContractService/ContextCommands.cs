using System.Text.Json;

namespace Halyard.ContractService;

/// <summary>The commands that need contexts alone.</summary>
internal static class ContextCommands
{
    public static string Build(JsonElement parameters) => Answer(OneOrMany(parameters, BuildSingle));

    public static string Convert(JsonElement parameters) => Answer(Context.FromJson(parameters.RequiredString("input")));

    public static string Compare(JsonElement parameters)
    {
        var one = OneOrMany(parameters.RequiredObject("context1"), BuildComparable);
        var two = OneOrMany(parameters.RequiredObject("context2"), BuildComparable);
        return Json.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteBoolean("equals", one.Equals(two));
            writer.WriteEndObject();
        });
    }

    private static string Answer(Context context) => Json.Write(writer =>
    {
        writer.WriteStartObject();
        if (context.IsValid)
        {
            writer.WriteString("output", context.ToJson());
            writer.WriteString("error", "");
        }
        else
        {
            writer.WriteString("error", context.Error);
        }

        writer.WriteEndObject();
    });

    private static Context OneOrMany(JsonElement parameters, Func<JsonElement, Context> build)
    {
        if (parameters.Object("single") is { } single)
        {
            return build(single);
        }

        return parameters.Has("multi")
            ? Context.Multi([.. parameters.Array("multi").Select(build)])
            : throw new BadRequestException("neither 'single' nor 'multi' is given");
    }

    private static Context BuildSingle(JsonElement given)
    {
        var builder = Context.Builder(given.String("key") ?? "")
            .Kind(given.String("kind"))
            .Name(given.String("name"))
            .Anonymous(given.Bool("anonymous"));
        foreach (var reference in given.Array("private"))
        {
            builder.Private(reference.ToString());
        }

        foreach (var attribute in given.Object("custom")?.EnumerateObject() ?? default)
        {
            builder.Set(attribute.Name, Json.ToValue(attribute.Value));
        }

        return builder.Build();
    }

    private static Context BuildComparable(JsonElement given)
    {
        var builder = Context.Builder(given.String("key") ?? "").Kind(given.String("kind"));
        foreach (var attribute in given.Array("attributes"))
        {
            builder.Set(attribute.RequiredString("name"), attribute.Value("value"));
        }

        foreach (var attribute in given.Array("privateAttributes"))
        {
            var text = attribute.RequiredString("value");
            builder.AddPrivate(attribute.Bool("literal") ? AttributeReference.Literal(text) : AttributeReference.Parse(text));
        }

        return builder.Build();
    }
}
