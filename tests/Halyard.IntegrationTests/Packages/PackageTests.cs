using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Halyard.IntegrationTests.Support;

namespace Halyard.IntegrationTests.Packages;

/// <summary>Makes the packages as they are published, twice in two folders, and opens every one.</summary>
public sealed class PackageTests(PackedTwice packed) : IClassFixture<PackedTwice>
{
    private static readonly string[] Projects =
        [.. Directory.GetFiles(Repository.PathOf("src"), "*.csproj", SearchOption.AllDirectories).Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    // What a compiler loads is no library, and its symbols are within it.
    private const string Generators = "Halyard.Generators";

    public static TheoryData<string> Packages => [.. Projects];

    public static TheoryData<string> WithSymbols => [.. Projects.Where(id => id != Generators)];

    [Fact]
    public void Every_project_is_a_package()
    {
        Assert.Equal(Projects, packed.First.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("Halyard.Cli", Projects);
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void A_package_says_what_it_is_and_where_it_is_from(string id)
    {
        using var package = ZipFile.OpenRead(packed.First[id]);
        var metadata = Metadata(package, id);
        Assert.Equal(id, Text(metadata, "id"));
        Assert.Equal(Text(Metadata(packed.First["Halyard"]), "version"), Text(metadata, "version"));
        Assert.Equal("The Halyard maintainers", Text(metadata, "authors"));
        Assert.True(Text(metadata, "description").Length > 40 && Text(metadata, "description") != "Package Description", Text(metadata, "description"));
        Assert.True(Text(metadata, "tags").Split(' ').Length >= 3, Text(metadata, "tags"));
        Assert.Equal("Apache-2.0", Text(metadata, "license"));
        Assert.Equal("expression", Element(metadata, "license").Attribute("type")?.Value);
        Assert.Equal(PackedTwice.Url, Text(metadata, "projectUrl"));
        var repository = Element(metadata, "repository");
        Assert.Equal((PackedTwice.Url, "git"), (repository.Attribute("url")?.Value, repository.Attribute("type")?.Value));
        Assert.Matches("^[0-9a-f]{40}$", repository.Attribute("commit")?.Value ?? "");
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void A_package_has_a_page_that_begins_with_how_to_install_it_and_an_icon(string id)
    {
        using var package = ZipFile.OpenRead(packed.First[id]);
        var metadata = Metadata(package, id);
        var page = Encoding.UTF8.GetString(Read(package, Text(metadata, "readme")));
        Assert.StartsWith($"# {id}\n", page, StringComparison.Ordinal);
        Assert.Contains(id == "Halyard.Cli" ? $"dotnet tool install --global {id}\n" : $"dotnet add package {id}\n", page, StringComparison.Ordinal);
        Assert.Contains("```csharp", id == "Halyard.Cli" ? "```csharp" : page, StringComparison.Ordinal);

        var icon = Read(package, Text(metadata, "icon"));
        Assert.True(icon.Length < 1024 * 1024);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], icon[..4]);
        Assert.Equal((128, 128), (Number(icon, 16), Number(icon, 20)));
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void A_package_holds_its_assembly_with_documentation_and_nothing_that_does_not_belong(string id)
    {
        using var package = ZipFile.OpenRead(packed.First[id]);
        var files = package.Entries.Select(entry => entry.FullName).ToList();
        Assert.DoesNotContain(files, file => file.Contains("/obj/", StringComparison.Ordinal));
        if (id == "Halyard.Cli")
        {
            var settings = Document(package, files.Single(file => file.EndsWith("DotnetToolSettings.xml", StringComparison.Ordinal)));
            Assert.Equal("halyard", settings.Descendants("Command").Single().Attribute("Name")?.Value);
            Assert.Equal("DotnetTool", Metadata(package, id).Descendants().Single(element => element.Name.LocalName == "packageType").Attribute("name")?.Value);
            return;
        }

        if (id == Generators)
        {
            Assert.Contains($"analyzers/dotnet/cs/{id}.dll", files);
            Assert.Contains($"build/{id}.props", files);
            Assert.DoesNotContain(files, file => file.StartsWith("lib/", StringComparison.Ordinal));
            return;
        }

        // A tool brings its own along, because nothing fetches them for it.
        Assert.DoesNotContain(files, file => file.EndsWith(".pdb", StringComparison.Ordinal));
        var folder = Folder(files);
        var documentation = Document(package, $"{folder}/{id}.xml");
        Assert.NotEmpty(documentation.Descendants("member"));
        Assert.Contains($"{folder}/{id}.dll", files);
    }

    [Fact]
    public void The_hosting_package_has_editors_complete_its_settings()
    {
        using var package = ZipFile.OpenRead(packed.First["Halyard.Extensions.Hosting"]);
        const string Targets = "buildTransitive/Halyard.Extensions.Hosting.targets";
        var segment = Document(package, Targets).Descendants().Single(element => element.Name.LocalName == "JsonSchemaSegment");
        Assert.Equal("appsettings\\..*json", segment.Attribute("FilePathPattern")?.Value);
        var schema = segment.Attribute("Include")!.Value.Replace("$(MSBuildThisFileDirectory)", "buildTransitive/", StringComparison.Ordinal);
        Assert.Equal("buildTransitive/../ConfigurationSchema.json", schema);
        using var json = JsonDocument.Parse(Read(package, "ConfigurationSchema.json"));
        Assert.True(json.RootElement.GetProperty("properties").GetProperty("Halyard").GetProperty("properties").TryGetProperty("SdkKey", out _));
    }

    [Theory]
    [MemberData(nameof(WithSymbols))]
    public void Symbols_lead_to_the_sources_at_the_packages_commit(string id)
    {
        using var package = ZipFile.OpenRead(packed.First[id]);
        var commit = Element(Metadata(package, id), "repository").Attribute("commit")!.Value;
        using var symbols = ZipFile.OpenRead(Path.ChangeExtension(packed.First[id], ".snupkg"));
        var entry = symbols.Entries.Single(entry => entry.Name == id + ".pdb");
        using var provider = MetadataReaderProvider.FromPortablePdbImage([.. Read(symbols, entry.FullName)]);
        var reader = provider.GetMetadataReader();

        // The kind of debug information that is the map from paths to addresses.
        var sourceLink = new Guid("CC110556-A091-4D38-9FEC-25AB9A351A6A");
        var map = reader.GetCustomDebugInformation(EntityHandle.ModuleDefinition).Select(reader.GetCustomDebugInformation)
            .Single(information => reader.GetGuid(information.Kind) == sourceLink);
        using var json = JsonDocument.Parse(reader.GetBlobBytes(map.Value));
        var prefix = json.RootElement.GetProperty("documents").EnumerateObject().Single();
        Assert.Equal($"https://raw.githubusercontent.com/example/halyard/{commit}/*", prefix.Value.GetString());

        // What is not found by the map, because the build wrote it, is within the symbols.
        var embedded = reader.CustomDebugInformation.Select(reader.GetCustomDebugInformation)
            .Where(information => reader.GetGuid(information.Kind) == new Guid("0E8A571B-6926-466E-B4AD-8AB04611F5FE"))
            .Select(information => information.Parent).ToHashSet();
        var documents = reader.Documents.Select(handle => (Handle: handle, Name: reader.GetString(reader.GetDocument(handle).Name))).ToList();
        Assert.All(documents, document => Assert.StartsWith(prefix.Name.TrimEnd('*'), document.Name, StringComparison.Ordinal));
        Assert.All(
            documents.Where(document => document.Name.Contains("/obj/", StringComparison.Ordinal)),
            document => Assert.Contains(document.Handle, embedded));
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void Two_builds_in_two_folders_give_the_same_assemblies(string id)
    {
        using var first = ZipFile.OpenRead(packed.First[id]);
        using var second = ZipFile.OpenRead(packed.Second[id]);
        var assemblies = Hashes(first);
        Assert.NotEmpty(assemblies);
        Assert.Equal(assemblies, Hashes(second));
        using var image = new PEReader([.. Read(first, assemblies.Keys.Single(name => name.EndsWith($"/{id}.dll", StringComparison.Ordinal)))]);
        Assert.Contains(image.ReadDebugDirectory(), entry => entry.Type == DebugDirectoryEntryType.Reproducible);
    }

    // A library's assemblies are in lib, a generator's where compilers look for analyzers.
    private static string Folder(List<string> files) =>
        files.Any(file => file.StartsWith("lib/net10.0/", StringComparison.Ordinal)) ? "lib/net10.0" : "analyzers/dotnet/cs";

    private static SortedDictionary<string, string> Hashes(ZipArchive package) => new(
        package.Entries.Where(entry => entry.Name.StartsWith("Halyard", StringComparison.Ordinal) && entry.Name.EndsWith(".dll", StringComparison.Ordinal))
            .ToDictionary(entry => entry.FullName, entry => Convert.ToHexString(SHA256.HashData(Read(package, entry.FullName)))),
        StringComparer.Ordinal);

    private static XElement Metadata(string file)
    {
        using var package = ZipFile.OpenRead(file);
        return Metadata(package, "Halyard");
    }

    private static XElement Metadata(ZipArchive package, string id) =>
        Document(package, id + ".nuspec").Root!.Elements().Single(element => element.Name.LocalName == "metadata");

    // With the mark of the byte order that some begin with.
    private static XDocument Document(ZipArchive package, string file) => XDocument.Load(new MemoryStream(Read(package, file)));

    private static XElement Element(XElement metadata, string name) => metadata.Elements().Single(element => element.Name.LocalName == name);

    private static string Text(XElement metadata, string name) => Element(metadata, name).Value;

    private static byte[] Read(ZipArchive package, string name)
    {
        using var content = package.GetEntry(name)!.Open();
        using var bytes = new MemoryStream();
        content.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static int Number(byte[] bytes, int at) => System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));
}
