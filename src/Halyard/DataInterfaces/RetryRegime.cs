namespace Halyard.DataInterfaces;

/// <summary>How soon a failed source is tried again.</summary>
internal enum RetryRegime : byte
{
    /// <summary>A passing fault: soon.</summary>
    Normal,

    /// <summary>A fault that does not pass by itself, such as a wrong key: slowly.</summary>
    Extended,
}
