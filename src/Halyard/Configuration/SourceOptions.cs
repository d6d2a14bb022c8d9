using Halyard.DataInterfaces;
using Halyard.DataSystems;

namespace Halyard;

/// <summary>
/// Configures one source of flag data: a data system by itself, and one of several in a <see cref="SourceChainOptions"/>.
/// </summary>
public abstract class SourceOptions : DataSystemOptions
{
    private protected SourceOptions()
    {
    }

    internal override IDataSystem Build(DataSystemContext context) =>
        context.CreateBackgroundSync(Prepare(context).Create(context.Status));

    /// <summary>Reads the options, once; what it gives makes the source whenever it is wanted.</summary>
    internal abstract SourceFactory Prepare(DataSystemContext context);

    private protected static void CheckProtocol(ProtocolVersion protocol, string source)
    {
        if (!Enum.IsDefined(protocol))
        {
            throw new ArgumentException($"{source}'s Protocol is {protocol}, which is no version of the protocol.");
        }
    }
}
