using Halyard.Tests.Support;

namespace Halyard.Tests.Configuration;

/// <summary>
/// Every time, count and size among the options, found by reflection so that a new one is covered by itself: at any
/// extreme it is refused by its name, or the client starts, reads and ends with it, and nothing in it dies or spins.
/// </summary>
public sealed class OptionBoundsTests
{
    public static TheoryData<string, string> Options
    {
        get
        {
            var options = new TheoryData<string, string>();
            foreach (var (position, make) in OptionPositions.All)
            {
                foreach (var property in OptionBounds.NumbersOf(make().Options.GetType()))
                {
                    options.Add(position, property.Name);
                }
            }

            return options;
        }
    }

    [Theory]
    [MemberData(nameof(Options))]
    public async Task An_extreme_value_is_refused_by_name_or_works(string position, string option)
    {
        var make = OptionPositions.All[position];
        await using var example = make();
        var property = example.Options.GetType().GetProperty(option)!;
        Assert.Empty(await OptionBounds.FaultsOfAsync(property, make));
    }

    [Fact]
    public void Every_class_of_options_with_numbers_is_tried_in_a_client()
    {
        var tried = OptionPositions.All.Values.Select(make => make().Options.GetType()).ToHashSet();
        var types = OptionBounds.TypesOf(typeof(Client).Assembly, typeof(YamlFileSourceExtensions).Assembly, typeof(ClientSettings).Assembly).ToList();
        Assert.Contains(typeof(StreamingOptions), types);
        Assert.DoesNotContain(types, type => !tried.Contains(type));
    }
}
