namespace Halyard;

/// <summary>
/// Configures one source of flag data: a data system by itself, and one of several in a <see cref="SourceChainOptions"/>.
/// A source of the application's own comes in by <see cref="CustomSourceOptions"/>.
/// </summary>
public abstract class SourceOptions : DataSystemOptions
{
    private protected SourceOptions()
    {
    }

    private protected static void CheckProtocol(ProtocolVersion protocol, string source)
    {
        if (!Enum.IsDefined(protocol))
        {
            throw new ArgumentException($"{source}'s Protocol is {protocol}, which is no version of the protocol.");
        }
    }
}
