using Halyard.Model;

namespace Halyard.Lives.Foreign;

/// <summary>A source of the application's that fails, and tells of things at any moment.</summary>
internal sealed class FaultySource : IDataSynchronizer
{
    private readonly Part _part;
    private readonly IDataSourceStatusReporter _status;
    private IDataDestination? _destination;

    public FaultySource(Part part, IDataSourceStatusReporter status)
    {
        part.Opened("source");
        _part = part;
        _status = status;
    }

    public string Identity => "faulty";

    public async Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
    {
        if (_part.Dice.Chance(0.2))
        {
            cancellationToken.Register(static () => throw new InvalidOperationException("A listener of the start's token."));
        }

        _destination = destination;
        await _part.CallAsync("the start of the source", cancellationToken);
        destination.Init(Texts.DataSet);
        _status.ReportValid();
    }

    /// <summary>Something happens, while the client lives or later.</summary>
    public void Stir()
    {
        switch (_part.Dice.Below(4))
        {
            case 0:
                _status.ReportInterrupted(DataSourceErrorKind.NetworkError, "stirred");
                break;
            case 1:
                _status.ReportValid();
                break;
            case 2:
                _destination?.Init(Texts.DataSet);
                break;
            default:
                var flag = Texts.Flag(0, 1 + _part.Dice.Below(1000));
                _destination?.Upsert(DataKind.Flag, flag.Key, flag);
                break;
        }
    }

    public ValueTask DisposeAsync() => _part.EndAsync("source");
}
