namespace Halyard;

/// <summary>What to do when a flag's or a segment's key is defined twice in the files of one data set.</summary>
public enum DuplicateKeys : byte
{
    /// <summary>It is an error, and none of the files is loaded.</summary>
    Fail,

    /// <summary>The first definition is taken, in the order of the files and within a file.</summary>
    FirstWins,
}
