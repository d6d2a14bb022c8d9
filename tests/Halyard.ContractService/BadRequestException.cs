namespace Halyard.ContractService;

/// <summary>The request cannot be understood; answered with 400 and the message.</summary>
internal sealed class BadRequestException(string message) : Exception(message);
