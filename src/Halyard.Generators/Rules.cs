using Microsoft.CodeAnalysis;

namespace Halyard.FlagGeneration;

/// <summary>What can be wrong with flag files and with reads of flags.</summary>
internal static class Rules
{
    public static readonly DiagnosticDescriptor Unreadable = new(
        "HLY0001", "A flag file cannot be read", "{0}", "Halyard", DiagnosticSeverity.Error, isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor NoMember = new(
        "HLY0002", "A flag has no member", "The flag '{0}' has no member: {1}", "Halyard", DiagnosticSeverity.Warning, isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor SeveralTypes = new(
        "HLY0003", "A flag is of several types", "The variations of '{0}' are of several types; it is read as a Value", "Halyard", DiagnosticSeverity.Warning, isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor Unknown = new(
        "HLY0010", "A flag is unknown", "No flag file has the flag '{0}'{1}", "Halyard", DiagnosticSeverity.Warning, isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor Mistyped = new(
        "HLY0011", "A flag is read as another type", "The flag '{0}' is {1}, which {2} does not read: it gives its default", "Halyard", DiagnosticSeverity.Warning, isEnabledByDefault: true);

    /// <summary>A rule of flag files by its id.</summary>
    public static DiagnosticDescriptor Of(string id) =>
        id == NoMember.Id ? NoMember : id == SeveralTypes.Id ? SeveralTypes : Unreadable;
}
