namespace Halyard.Simulation.World;

/// <summary>What a plan has happen.</summary>
internal enum StepKind
{
    Publish,
    Read,
    ServiceRestart,
    ServiceForgets,
    ServiceGoesBack,
    ServiceReset,
    ServiceFault,
    LinkRefuses,
    LinkSwallows,
    LinkFlaky,
    LinkSlow,
    LinkCut,
    StoreFault,
    StoreWipe,
    StorePartLost,
    DiskFull,
    DiskSlow,
    Kill,
    Restart,
    Sleep,
    WallJump,
}
