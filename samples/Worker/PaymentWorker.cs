using Halyard;

/// <summary>Asks for the provider of each payment; ends after as many as the setting Payments says, if it says any.</summary>
internal sealed class PaymentWorker(IHalyardClient flags, IConfiguration configuration, IHostApplicationLifetime host) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var payments = int.TryParse(configuration["Payments"], out var most) ? most : int.MaxValue;
        for (var payment = 1; payment <= payments; payment++)
        {
            var context = Context.New($"customer-{payment}");
            var provider = await flags.StringVariationAsync("payment-provider", context, "none", stoppingToken);
            Console.WriteLine($"payment {payment} by {provider}");
            await Task.Delay(TimeSpan.FromMilliseconds(200), stoppingToken);
        }

        host.StopApplication();
    }
}
