namespace Halyard.Cli;

/// <summary>The core's file source as the tool sets it up.</summary>
internal static class FlagFiles
{
    /// <summary>Makes a synchronizer that loads the server's files and follows their edits.</summary>
    public static IDataSynchronizer Follow(DevServerOptions options, IDataSourceStatusReporter status) => throw new NotImplementedException();

    public static DataSystemOptions Source(IReadOnlyList<string> paths, bool follow) => throw new NotImplementedException();
}
