package millrace.app.study;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import millrace.actors.event.RunResult;
import millrace.actors.plan.RunPlan;
import millrace.actors.trace.PipelineFigures;
import millrace.actors.trace.RankTrace;
import millrace.actors.trace.RankTrace.Work;
import millrace.actors.trace.RunProfile;
import millrace.app.config.BenchSetup;
import millrace.app.config.RunFile;
import millrace.app.config.RunSetup;
import millrace.schedule.Action;
import millrace.schedule.Costs;
import millrace.schedule.Costs.Link;
import millrace.schedule.PipelineShape;
import millrace.schedule.Placement;
import millrace.schedule.Replication;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
import millrace.schedule.Validator;
import millrace.schedule.order.Flushed;

/** The runs by which a network is measured: every layer with weights is a stage, and one rank has all of them. */
final class ProfileRuns {
    private static final int WARM_UP = 4;
    private static final int MEASURED = 12;

    private final PlannedNetwork network;
    private final int together;
    private final Consumer<Runnable> interruptible;
    private final List<Double> gaps = new ArrayList<>();
    private final List<Double> exchanges = new ArrayList<>();
    private double optimizerCopies;

    /** How long it took, stage by stage. */
    record Times(Costs costs, double period, double stepTime, List<Long> allocated) {}

    /**
     * What was held, stage by stage, by a rank that has one micro-batch at a time.
     *
     * @param kept from the forward to the backward
     * @param keptForWeight between backward-input and backward-weight
     * @param gathered rows that wait for a product
     * @param allocated all but those
     * @param boundaries bytes that all boundaries between the stages take: what is held less when they are one stage
     */
    record Memory(
            List<Long> kept, List<Long> keptForWeight, List<Long> gathered, List<Long> allocated, double boundaries) {}

    /**
     * @param together ranks that work at the same time, 1 or more
     * @param interruptible gets what ends a run that is under way
     */
    ProfileRuns(PlannedNetwork network, int together, Consumer<Runnable> interruptible) {
        this.network = network;
        this.together = together;
        this.interruptible = interruptible;
    }

    /** Lets the compiler do its work; false when it was interrupted. */
    boolean warmUp(int samples) {
        boolean done = WarmUp.until(() -> times(samples, true).map(Times::period));
        gaps.clear();
        exchanges.clear();
        return done;
    }

    /**
     * What each stage allocates when the copies of the network, each with one micro-batch, exchange their gradients; empty when it was
     * interrupted.
     */
    Optional<List<Long>> allocated(int samples) {
        Schedule line = line(network.starts().size(), 1, 1, false);
        return train(Validator.checked(Replication.of(line, together)), samples * together, 1)
                .map(done -> done.pipeline().allocatedBytes());
    }

    /** Trains some batches, with whole or with split backwards; empty when it was interrupted. */
    Optional<Times> times(int samples, boolean split) {
        int microBatches = network.batch() / samples;
        Schedule line = line(network.starts().size(), microBatches, 1, split);
        Schedule schedule = Validator.checked(Replication.of(line, together));
        return train(schedule, samples * microBatches * together, MEASURED).map(done -> {
            List<RankTrace> traces = done.pipeline().traces();
            RunProfile profile = new RunProfile(new Flushed(schedule).schedule(), traces);
            traces.forEach(this::addGaps);
            if (together > 1) {
                // of two copies: what each sends and gets of so many is 2 (r-1) / r of the weights
                exchanges.add(exchange(profile) * together / (2.0 * (together - 1)));
            }
            return new Times(
                    profile.costs(),
                    profile.period(),
                    profile.stepTime(),
                    done.pipeline().allocatedBytes());
        });
    }

    /** Trains a batch by one rank alone, which has nobody to exchange gradients with; empty when it was interrupted. */
    Optional<Memory> memory(int samples) {
        int stages = network.starts().size();
        int parts = network.batch() / samples;
        Optional<PipelineFigures> apart = figures(line(stages, parts, 1, false), network.batch());
        Optional<PipelineFigures> whole =
                apart.isEmpty() ? Optional.empty() : figures(line(1, parts, 1, false), network.batch());
        if (whole.isEmpty()) {
            return Optional.empty();
        }
        return keptForWeight(samples, apart.orElseThrow().peakBytes()).map(late -> {
            PipelineFigures one = apart.orElseThrow();
            double boundaries =
                    sum(one.allocatedBytes()) - sum(whole.orElseThrow().allocatedBytes());
            return new Memory(
                    one.peakBytes(), late, one.gatheredBytes(), one.allocatedBytes(), Math.max(0, boundaries));
        });
    }

    /** Of two micro-batches of which both have done their I before the first W. */
    private Optional<List<Long>> keptForWeight(int samples, List<Long> kept) {
        if (2 * samples > network.samples()) {
            return Optional.of(kept);
        }
        return figures(line(kept.size(), 2, 2, true), 2 * samples)
                .map(two -> IntStream.range(0, kept.size())
                        .mapToObj(stage ->
                                keptForWeight(kept.get(stage), two.peakBytes().get(stage)))
                        .toList());
    }

    private Optional<PipelineFigures> figures(Schedule schedule, int samples) {
        return train(schedule, samples, 1).map(RunResult::pipeline);
    }

    /**
     * What is held between I and W.
     *
     * @param kept by a forward
     * @param most of two micro-batches: one and the other's forward, or both after their I
     */
    private static long keptForWeight(long kept, long most) {
        return most - kept <= kept ? most - kept : most / 2;
    }

    private static double sum(List<Long> bytes) {
        return bytes.stream().mapToLong(Long::longValue).sum();
    }

    /** What a message takes between two ranks in one JVM; empty when it was interrupted. */
    Optional<Link> link(int samples) {
        if (together == 1 || network.starts().size() < 2) {
            return Optional.of(Link.FREE);
        }
        Schedule schedule = Schedules.generate("gpipe", new PipelineShape(2, 1, network.batch() / samples));
        return train(schedule, network.batch(), MEASURED)
                .map(done -> new RunProfile(schedule, done.pipeline().traces())
                        .costs()
                        .link());
    }

    /** Seconds from the end of an action to the start of the next. */
    double actionOverhead() {
        return median(gaps);
    }

    /** Seconds in which two copies of the network exchange their gradients. */
    double exchangeTime() {
        return median(exchanges);
    }

    /** Memory of the size of the weights that the optimizer needs. */
    double optimizerCopies() {
        return optimizerCopies;
    }

    private Optional<RunResult> train(Schedule schedule, int samples, int steps) {
        Config sized = RunFile.withLine(
                ConfigFactory.parseMap(Map.of("training.batch", samples, "pipeline.link", ""))
                        .withFallback(network.config()),
                Map.of("pipeline.micro-batches", 1));
        RunSetup setup = BenchSetup.of(sized, WARM_UP + steps);
        RunPlan plan = setup.plan(schedule);
        optimizerCopies = plan.spec().policy().optimizer().states().size();
        return TracedRun.of(plan, WARM_UP, steps, interruptible);
    }

    /**
     * All stages on one rank. Split backwards do all their I's first: in a line, too, a stage's deltas are no longer in the cache when
     * its W reads them.
     *
     * @param atOnce micro-batches whose W's come after the I's of all of them
     */
    private static Schedule line(int stages, int microBatches, int atOnce, boolean split) {
        List<Action> order = new ArrayList<>();
        for (int first = 0; first < microBatches; first += atOnce) {
            int end = Math.min(microBatches, first + atOnce);
            for (int i = first; i < end; i++) {
                for (int stage = 0; stage < stages; stage++) {
                    order.add(Action.forward(stage, i));
                }
                for (int stage = stages - 1; stage >= 0; stage--) {
                    order.add(split ? Action.backwardInput(stage, i) : Action.backward(stage, i));
                }
            }
            for (int i = first; split && i < end; i++) {
                for (int stage = stages - 1; stage >= 0; stage--) {
                    order.add(Action.backwardWeight(stage, i));
                }
            }
        }
        List<Integer> all = IntStream.range(0, stages).boxed().toList();
        return new Schedule("profile", Placement.of(List.of(all), microBatches), List.of(order));
    }

    /** Seconds from the end of an action to the start of the next one of the same batch, where nothing was waited for. */
    private void addGaps(RankTrace trace) {
        Work before = null;
        for (Work work : trace.work()) {
            if (before != null && before.step() == work.step()) {
                gaps.add((work.start() - before.end()) / 1e9);
            }
            before = work;
        }
    }

    private static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return sorted.length == 0 ? 0 : sorted[sorted.length / 2];
    }

    /** Seconds from one batch to the next in which ranks neither computed nor stepped: they added up gradients. */
    private static double exchange(RunProfile profile) {
        return Math.max(0, profile.period() - profile.makespan() - profile.stepTime());
    }
}
