package millrace.actors.rank;

import millrace.actors.plan.RunPlan;

/** Cores for tests of other packages. */
public final class RankCores {
    private RankCores() {}

    /** A core with a window of its own for evaluations. */
    public static RankCore of(RunPlan plan, int rank, long runEpoch, int evaluationWindow) {
        return new RankCore(plan, rank, runEpoch, evaluationWindow);
    }
}
