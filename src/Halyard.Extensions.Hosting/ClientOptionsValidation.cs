using Microsoft.Extensions.Options;

namespace Halyard;

/// <summary>The client's own checks, at the start of the host and not at the first read of a flag.</summary>
internal sealed class ClientOptionsValidation : IValidateOptions<ClientOptions>
{
    public ValidateOptionsResult Validate(string? name, ClientOptions options)
    {
        try
        {
            options.Validate();
            return ValidateOptionsResult.Success;
        }
        catch (ArgumentException e)
        {
            return ValidateOptionsResult.Fail("Halyard cannot start: " + e.Message);
        }
    }
}
