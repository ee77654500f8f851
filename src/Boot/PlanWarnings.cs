using System;
using Aglet.Kernel;
using Aglet.Time;
using Aglet.Wire;

namespace Aglet.Boot;

/// <summary>Tells the operator of images that a machine should have and cannot be given, each once a minute.</summary>
internal sealed class PlanWarnings
{
    private static readonly Duration _pause = Duration.FromSeconds(60);

    private readonly Log _log;
    private readonly BootPlanner _planner;
    private readonly Instant[] _warnedAt;

    /// <param name="log">Where to.</param>
    /// <param name="planner">Knows what machines are called.</param>
    /// <param name="images">How many there are.</param>
    public PlanWarnings(Log log, BootPlanner planner, int images)
    {
        _log = log;
        _planner = planner;
        _warnedAt = new Instant[images];
        Array.Fill(_warnedAt, Instant.Never);
    }

    /// <summary>Says which images a machine should have been given and why it was not.</summary>
    public void OnDocument(Instant now, in BootDocument document)
    {
        if ((document.Traits & DocumentTraits.Shared) != 0) return;
        BootSubject subject = new(document);
        BootPlan plan = subject.Plan();
        if (plan.Kind == PlanKind.Image)
        {
            if (plan.Refused is not null) Warn(now, subject, plan.Refused);
            return;
        }

        if (plan.Kind != PlanKind.Menu) return;
        foreach (CatalogImage image in plan.Menu!.Items)
        {
            // Another processor's image is simply not this machine's; everything else is a mistake.
            // What only another boot program can do is said in the menu.
            if (subject.ProblemOf(image, out _) is not (ImageProblem.None or ImageProblem.WrongCpu
                or ImageProblem.WrongFirmware or ImageProblem.WrongProgram))
                Warn(now, subject, image);
        }
    }

    private void Warn(Instant now, in BootSubject subject, CatalogImage image)
    {
        Instant last = _warnedAt[image.Index];
        if (last != Instant.Never && now - last < _pause) return;
        _warnedAt[image.Index] = now;
        Span<byte> label = stackalloc byte[64];
        Span<byte> room = stackalloc byte[512];
        WireWriter why = new(room);
        ScriptText.WriteProblem(ref why, subject, image);
        ReadOnlySpan<byte> name = _planner.LabelOf(subject.HardwareAddress, label);
        ReadOnlySpan<byte> refused = image.Name;
        ReadOnlySpan<byte> reason = why.Written;
        _log.Write(LogLevel.Warning, "image-refused"u8, name, $"is not given {refused}: {reason}");
    }
}
