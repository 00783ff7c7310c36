package millrace.actors.rank;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Snapshot;
import millrace.actors.trace.Staleness;
import millrace.nn.infer.Evaluation;
import millrace.nn.stage.LossSum;

/** Rank cores that exchange their messages through a random network: any message may overtake any other. */
final class CoreLine implements AutoCloseable {
    private final RunPlan plan;
    private final Random random;
    private final List<RankCore> cores = new ArrayList<>();
    private final List<Cuts> cuts = new ArrayList<>();
    private final NavigableMap<Long, List<StageSnapshot>> taken = new TreeMap<>();
    private final List<Runnable> underWay = new ArrayList<>();
    // by step and replica
    private final NavigableMap<Long, NavigableMap<Integer, LossSum>> losses = new TreeMap<>();
    private NavigableSet<Long> evaluatedAt = new TreeSet<>();
    private final List<Evaluation> evaluations = new ArrayList<>();
    private long trainedMeanwhile;
    // batches that are enough
    private long end = Long.MAX_VALUE;
    private boolean ended;

    CoreLine(RunPlan plan, Random random) {
        this.plan = plan;
        this.random = random;
        for (int rank = 0; rank < plan.order().ranks(); rank++) {
            cores.add(new RankCore(plan, rank, 1, 1));
        }
    }

    /** What a core is told of cuts and evaluations: one after the other, and nothing beyond one is granted before. */
    private final class Cuts {
        private final RankCore core;
        private final NavigableSet<Long> untold;
        private final NavigableSet<Long> unevaluated;
        private long evaluation;
        private long asked;
        // batches
        private long done;

        Cuts(RankCore core, Set<Long> steps) {
            this.core = core;
            this.untold = new TreeSet<>(steps);
            this.unevaluated = new TreeSet<>(evaluatedAt);
            tell();
            tellOfEvaluation();
        }

        private void tellOfEvaluation() {
            if (!unevaluated.isEmpty()) {
                underWay.add(() -> {
                    long step = unevaluated.removeFirst();
                    plan.data().evaluated().keySet().forEach(set -> {
                        evaluation++;
                        core.evaluate(new EvaluationId(evaluation, set, step));
                    });
                    grant(asked);
                    tellOfEvaluation();
                });
            }
        }

        void tell() {
            if (!untold.isEmpty()) {
                underWay.add(() -> {
                    long step = untold.removeFirst();
                    core.cutAt(step);
                    if (step == plan.start().step()) {
                        stepped(step);
                    } else if (step == done) {
                        tell();
                    }
                    grant(asked);
                });
            }
        }

        void grant(long step) {
            asked = Math.max(asked, step);
            long until = untold.isEmpty() ? asked : Math.min(asked, untold.first());
            core.advance(unevaluated.isEmpty() ? until : Math.min(until, unevaluated.first()), 1);
        }

        void stepped(long step) {
            done = step;
            List<StageSnapshot> parts = taken.get(step);
            if (parts != null) {
                parts.addAll(core.snapshots(Arena.ofAuto()));
                // a batch may be done before its cut is told, which then tells of the next one
                if (!untold.contains(step)) {
                    tell();
                }
            }
        }
    }

    /** Has snapshots taken after these batches while the line goes on. */
    void cutAt(Set<Long> steps) {
        steps.forEach(step -> taken.put(step, new ArrayList<>()));
        cores.forEach(core -> cuts.add(new Cuts(core, steps)));
    }

    /** Has the plan's sets evaluated after these batches while the line goes on; before cuts are asked for. */
    void evaluateAt(Set<Long> steps) {
        evaluatedAt = new TreeSet<>(steps);
    }

    /** The evaluations, set by set in the plan's order. */
    List<Evaluation> evaluations() {
        return evaluations;
    }

    /** The most batches that the last stage had made beyond those whose weights were evaluated, when the result came. */
    long trainedMeanwhile() {
        return trainedMeanwhile;
    }

    /** The snapshots of the cuts. */
    NavigableMap<Long, Snapshot> taken() {
        NavigableMap<Long, Snapshot> result = new TreeMap<>();
        taken.forEach((step, parts) -> result.put(step, joined(parts)));
        return result;
    }

    /** Grants every core that many steps, each grant at a random moment, and works until nothing moves. */
    void run(long until) {
        if (cuts.isEmpty()) {
            cutAt(Set.of());
        }
        for (Cuts rank : cuts) {
            for (long step = plan.start().step() + 1; step <= until; step++) {
                long granted = step;
                underWay.add(() -> rank.grant(granted));
            }
        }
        work();
    }

    /** Grants every core that many steps at once and works until one of them has done some of these. */
    void runAtOnce(long until, long some) {
        cores.forEach(core -> core.advance(until, 1));
        end = some;
        work();
    }

    private void work() {
        boolean moved = true;
        while (moved && !ended) {
            moved = !underWay.isEmpty();
            if (moved) {
                underWay.remove(random.nextInt(underWay.size())).run();
            }
            // some ranks sleep for a while, all together never
            for (RankCore core : cores) {
                moved |= (!moved || random.nextInt(3) > 0) && work(core);
            }
        }
    }

    private boolean work(RankCore core) {
        Optional<Work> work = core.work();
        work.ifPresent(done -> {
            done.sends().forEach(send -> underWay.add(() -> cores.get(send.to()).arrived(send.message())));
            done.outcomes().forEach(outcome -> took(core, outcome));
        });
        return work.isPresent();
    }

    private void took(RankCore core, Work.Outcome outcome) {
        if (outcome instanceof Work.Outcome.EvaluationDone(Evaluation evaluation)) {
            int before = evaluations.size() / plan.data().evaluated().size();
            long step = List.copyOf(evaluatedAt).get(before);
            trainedMeanwhile = Math.max(trainedMeanwhile, losses.lastKey() - step);
            evaluations.add(evaluation);
        }
        if (outcome instanceof Work.Outcome.BatchDone(long step, var replica, LossSum loss)) {
            ended |= step == end;
            if (!cuts.isEmpty()) {
                cuts.get(cores.indexOf(core)).stepped(step);
            }
            replica.ifPresent(
                    r -> losses.computeIfAbsent(step, _ -> new TreeMap<>()).put(r, loss));
        }
    }

    /** The losses that the last stage reported. */
    List<Double> losses() {
        return losses.values().stream()
                .map(parts -> parts.values().stream()
                        .reduce(LossSum.NONE, LossSum::plus)
                        .mean())
                .toList();
    }

    /** Weights and optimizer state of all stages. */
    Snapshot snapshot() {
        return joined(cores.stream()
                .flatMap(core -> core.snapshots(Arena.ofAuto()).stream())
                .toList());
    }

    static Snapshot joined(List<StageSnapshot> parts) {
        return Snapshot.joined(parts.stream()
                .sorted(Comparator.comparingInt(StageSnapshot::stage))
                .map(StageSnapshot::snapshot)
                .toList());
    }

    /** How stale the gradients of each stage were. */
    List<Staleness> staleness() {
        return cores.stream()
                .flatMap(core -> core.figures().staleness().stream())
                .toList();
    }

    /** Every buffer must be back. */
    void checkDrained() {
        cores.forEach(RankCore::checkDrained);
    }

    @Override
    public void close() {
        cores.forEach(RankCore::close);
    }
}
