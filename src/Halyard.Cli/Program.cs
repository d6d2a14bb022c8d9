using Halyard.Cli;

return await HalyardTool.RunAsync(args, CliEnvironment.OfProcess());
