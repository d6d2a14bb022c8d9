using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Halyard.Hooks;

/// <summary>Runs the hooks of one client: in order, each with its own data, each kept from harming the others. Thread-safe.</summary>
internal sealed class HookRunner
{
    private static readonly ImmutableDictionary<string, object> NoData = ImmutableDictionary<string, object>.Empty;

    private readonly Hook[] _hooks;
    private readonly int[] _said; // for each hook, a bit for each stage whose failure was logged
    private readonly ILogger _logger;

    private HookRunner(Hook[] hooks, ILogger logger)
    {
        _hooks = hooks;
        _said = new int[hooks.Length];
        _logger = logger;
    }

    private enum Stage
    {
        BeforeEvaluation,
        AfterEvaluation,
        AfterTrack,
    }

    /// <summary>Null when there are no hooks, so that a read without any pays for one check alone.</summary>
    public static HookRunner? Create(IEnumerable<Hook> hooks, ILoggerFactory loggers)
    {
        Hook[] all = [.. hooks];
        return all.Length == 0 ? null : new(all, loggers.CreateLogger("Halyard.Hooks"));
    }

    /// <summary>Runs the stage before an evaluation.</summary>
    /// <returns>The data of each hook, for <see cref="AfterEvaluation"/>, which every call must be followed by.</returns>
    public ImmutableDictionary<string, object>[] BeforeEvaluation(EvaluationSeriesContext context)
    {
        var data = new ImmutableDictionary<string, object>[_hooks.Length];
        for (var i = 0; i < _hooks.Length; i++)
        {
            data[i] = NoData;
            try
            {
                data[i] = _hooks[i].BeforeEvaluation(context, NoData) ?? NoData;
            }
            catch (Exception e)
            {
                Failed(i, Stage.BeforeEvaluation, e);
            }
        }

        return data;
    }

    /// <summary>Runs the stage after an evaluation.</summary>
    public void AfterEvaluation(EvaluationSeriesContext context, ImmutableDictionary<string, object>[] data, EvaluationDetail<Value> detail)
    {
        for (var i = _hooks.Length - 1; i >= 0; i--)
        {
            try
            {
                _hooks[i].AfterEvaluation(context, data[i], detail);
            }
            catch (Exception e)
            {
                Failed(i, Stage.AfterEvaluation, e);
            }
        }
    }

    /// <summary>Runs the stage after an event was tracked.</summary>
    public void AfterTrack(TrackSeriesContext context)
    {
        for (var i = 0; i < _hooks.Length; i++)
        {
            try
            {
                _hooks[i].AfterTrack(context);
            }
            catch (Exception e)
            {
                Failed(i, Stage.AfterTrack, e);
            }
        }
    }

    private void Failed(int hook, Stage stage, Exception e)
    {
        var bit = 1 << (int)stage;
        if ((Interlocked.Or(ref _said[hook], bit) & bit) == 0)
        {
            HookLog.Failed(_logger, e, _hooks[hook].Name, stage.ToString());
        }
    }
}
