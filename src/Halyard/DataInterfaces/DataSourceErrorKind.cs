namespace Halyard;

/// <summary>The kind of a data source's last error.</summary>
public enum DataSourceErrorKind : byte
{
    /// <summary>None of the others.</summary>
    Unknown,

    /// <summary>The connection failed or was lost.</summary>
    NetworkError,

    /// <summary>The service answered with an error status.</summary>
    ErrorResponse,

    /// <summary>Data was malformed.</summary>
    InvalidData,

    /// <summary>Data could not be stored.</summary>
    StoreError,
}
