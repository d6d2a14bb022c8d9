using Halyard.Model;

namespace Halyard.Evaluation;

/// <summary>Told of each prerequisite that an evaluation evaluated.</summary>
internal interface IPrerequisiteListener
{
    /// <param name="dependent">The flag that has the prerequisite.</param>
    /// <param name="prerequisite">The prerequisite flag.</param>
    /// <param name="result">What it evaluated to.</param>
    void OnPrerequisite(Flag dependent, Flag prerequisite, in EvaluationResult result);
}
