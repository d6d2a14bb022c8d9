namespace Halyard;

/// <summary>What stands under a file's name.</summary>
internal enum FileKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Something, of which the system does not say what it is.</summary>
    Unknown,

    /// <summary>A file.</summary>
    Regular,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A symbolic link, where links are not followed.</summary>
    Link,

    /// <summary>A named pipe, a socket or a device: to open it may wait for ever, and to replace it may harm the machine.</summary>
    Special,
}
