package millrace.actors.rank;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Snapshot;
import millrace.actors.run.DelayedRun;
import millrace.nn.optimizer.DelayCorrection;
import millrace.nn.optimizer.GradientGuard;
import millrace.nn.optimizer.LearningRate;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.stage.StageModel;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.NamedTensor;
import millrace.schedule.stream.Discipline;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams that go on from a snapshot against the stream that was never interrupted: every bit of every weight. */
@Order(6)
class StreamResumeTest {
    // three batches an epoch
    private static final int EPOCHS = 4;
    private static final long BATCHES = 12;

    /** A stream that is trained, and cut into micro-batches as a seed says. */
    record Trial(StreamSpec stream, DelayCorrection correction, Optimizer optimizer, int microBatches) {
        private PlanBuilder builder() {
            UpdatePolicy policy = new UpdatePolicy(
                            optimizer,
                            new LearningRate.WarmUp(7, new LearningRate.Exponential(0.97)),
                            1,
                            UpdatePolicy.of(optimizer).shaping())
                    .with(correction)
                    .with(new GradientGuard(0.7, true));
            return new PlanBuilder()
                    .model(PlanBuilder.DEEP)
                    .policy(policy)
                    .line(stream.stages(), "1f1b", microBatches)
                    .epochs(EPOCHS);
        }

        RunPlan fresh() {
            return builder().build().streamed(stream);
        }

        RunPlan until(long step) {
            return builder().steps(step).build().streamed(stream);
        }

        RunPlan from(Snapshot snapshot) {
            return builder().resume(snapshot).build().streamed(stream);
        }

        RunPlan from(Snapshot snapshot, long until) {
            return builder().resume(snapshot).steps(until).build().streamed(stream);
        }
    }

    /** A stream and what corrects its delays. */
    private record Corrected(StreamSpec stream, DelayCorrection correction) {
        Arguments seeded(long seed) {
            return Arguments.of(stream, correction, seed);
        }
    }

    private static List<Corrected> streams() {
        List<Corrected> all = new ArrayList<>();
        for (int stages : new int[] {1, 2, 4}) {
            for (int accumulate : new int[] {1, 2, 3, 5}) {
                for (WeightPolicy policy : WeightPolicy.values()) {
                    if (policy != WeightPolicy.TWO_BUFFERS || accumulate >= stages - 1) {
                        all.add(new Corrected(new StreamSpec(stages, accumulate, 0, policy), DelayCorrection.NONE));
                    }
                }
            }
        }
        for (int accumulate : new int[] {1, 3}) {
            all.addAll(mixtures(accumulate));
        }
        return all;
    }

    private static List<Corrected> mixtures(int k) {
        return List.of(
                mixture(new StreamSpec(4, k, 0, WeightPolicy.STASH), 0, new DelayCorrection(30, 0, 0)),
                mixture(new StreamSpec(4, k, 0, WeightPolicy.LIVE), 0, new DelayCorrection(0, 0.135, 0)),
                mixture(new StreamSpec(4, k, 0, WeightPolicy.LIVE), 10, new DelayCorrection(20, 0.135, 0)),
                mixture(new StreamSpec(4, k, 1, WeightPolicy.LIVE), 0, new DelayCorrection(0, 0.5, 0)),
                mixture(new StreamSpec(4, k, 0, WeightPolicy.STASH), 0, new DelayCorrection(0, 0, 0.5)),
                mixture(new StreamSpec(4, k, 2, WeightPolicy.STASH), 0, new DelayCorrection(0, 0, 0.5)),
                mixture(new StreamSpec(4, k, 0, WeightPolicy.VERTICAL), 12, new DelayCorrection(0, 0, 0.5)),
                mixture(new StreamSpec(4, k, 0, WeightPolicy.NESTEROV), 9, new DelayCorrection(10, 0, 0.5)),
                mixture(new StreamSpec(4, k, 0, WeightPolicy.PREDICT), 15, new DelayCorrection(10, 0, 0)),
                mixture(new StreamSpec(4, k, 1, WeightPolicy.PREDICT), 0, new DelayCorrection(0, 0, 0)));
    }

    private static Corrected mixture(StreamSpec stream, long synchronous, DelayCorrection correction) {
        return new Corrected(stream.startingSynchronously(synchronous), correction);
    }

    /** Each stream once, with a seed of its own: optimizers, micro-batches and cuts differ from stream to stream. */
    static Stream<Arguments> streamsOnce() {
        return seeded(0);
    }

    static Stream<Arguments> streamsFourTimes() {
        return IntStream.rangeClosed(1, 4).boxed().flatMap(StreamResumeTest::seeded);
    }

    private static Stream<Arguments> seeded(int round) {
        List<Corrected> all = streams();
        // of seeds that are close together the first numbers are almost the same
        return IntStream.range(0, all.size())
                .mapToObj(place -> all.get(place).seeded((1 + place + (long) round * all.size()) * 1_000_003));
    }

    private static Trial trial(StreamSpec stream, DelayCorrection correction, Random random) {
        int microBatches = 1 << random.nextInt(4);
        Optimizer optimizer = random.nextBoolean() ? new Optimizer.Sgd(0.05, 0.9) : new Optimizer.Adam(0.01);
        return new Trial(stream, correction, optimizer, microBatches);
    }

    private static String delayed(RunPlan plan) {
        return result(plan).finalState().weightsSha256();
    }

    private static RunResult result(RunPlan plan) {
        return new DelayedRun(plan, TrainingListener.SILENT).run();
    }

    /** What a line of cores comes to; their messages overtake each other as the seed says. */
    private static String streamed(RunPlan plan, long seed) {
        try (CoreLine line = new CoreLine(plan, new Random(seed))) {
            line.run(plan.lastStep());
            line.checkDrained();
            return line.snapshot().weightsSha256();
        }
    }

    /** Every tensor of a snapshot as bits. */
    private static NavigableMap<String, List<Integer>> bits(Snapshot snapshot) {
        NavigableMap<String, List<Integer>> bits = new TreeMap<>();
        for (NamedTensor tensor : snapshot.weights()) {
            bits.put(tensor.name(), bits(tensor.tensor()));
        }
        for (NamedTensor tensor : snapshot.optimizerState()) {
            bits.put(tensor.name(), bits(tensor.tensor()));
        }
        return bits;
    }

    private static List<Integer> bits(Tensor tensor) {
        Integer[] bits = new Integer[Math.toIntExact(tensor.shape().size())];
        Arrays.setAll(bits, tensor::getInt);
        return List.of(bits);
    }

    private static long between(Random random, long from, long to) {
        return from + random.nextInt(Math.toIntExact(to - from + 1));
    }

    @ParameterizedTest
    @MethodSource("streamsOnce")
    void aLineThatIsCutGoesOnUndisturbedAndSoDoesOneFromItsSnapshots(
            StreamSpec stream, DelayCorrection correction, long seed) {
        Random random = new Random(seed);
        Trial trial = trial(stream, correction, random);
        RunResult expected = result(trial.fresh());
        String digest = expected.finalState().weightsSha256();
        long first = between(random, 1, BATCHES - 2);
        long second = between(random, first + 1, BATCHES);
        NavigableMap<Long, Snapshot> taken;
        List<Double> losses;
        try (CoreLine line = new CoreLine(trial.fresh(), random)) {
            line.cutAt(Set.of(first, second));
            line.run(BATCHES);
            line.checkDrained();
            taken = line.taken();
            losses = line.losses();
            assertThat(line.snapshot().weightsSha256())
                    .as("cut and undisturbed, seed %d, %s", seed, trial)
                    .isEqualTo(digest);
        }
        Snapshot last = taken.lastEntry().getValue();
        for (Map.Entry<Long, Snapshot> entry : taken.entrySet()) {
            long cut = entry.getKey();
            Snapshot snapshot = entry.getValue();
            String where = "cut at " + cut + ", seed " + seed + ", " + trial;
            assertThat(snapshot.step()).as(where).isEqualTo(cut);
            assertThat(bits(snapshot))
                    .as("as saved by the reference, %s", where)
                    .isEqualTo(bits(result(trial.until(cut)).finalState()));
            assertThat(delayed(trial.from(snapshot))).as("reference, %s", where).isEqualTo(digest);
            try (CoreLine line = new CoreLine(trial.from(snapshot), random)) {
                line.cutAt(new TreeSet<>(List.of(cut, second)));
                line.run(BATCHES);
                line.checkDrained();
                assertThat(line.snapshot().weightsSha256()).as(where).isEqualTo(digest);
                assertThat(line.losses()).as(where).isEqualTo(losses.subList((int) cut, (int) BATCHES));
                Snapshot again = line.taken().lastEntry().getValue();
                assertThat(bits(again)).as("twice, %s", where).isEqualTo(bits(last));
                assertThat(streamed(trial.from(again), seed))
                        .as("twice, %s", where)
                        .isEqualTo(digest);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("streamsFourTimes")
    @Tag("soak")
    void whereverItIsCut(StreamSpec stream, DelayCorrection correction, long seed) {
        aLineThatIsCutGoesOnUndisturbedAndSoDoesOneFromItsSnapshots(stream, correction, seed);
    }

    @ParameterizedTest
    @MethodSource("streamsOnce")
    void whereALineStopsItCanBeSavedToo(StreamSpec stream, DelayCorrection correction, long seed) {
        Random random = new Random(seed + 100);
        Trial trial = trial(stream, correction, random);
        String digest = delayed(trial.fresh());
        long first = between(random, 1, BATCHES - 2);
        long second = between(random, first + 1, BATCHES - 1);
        String where = "stopped at " + first + " and " + second + ", seed " + seed + ", " + trial;

        // for lack of a grant, which comes later, while micro-batches are in flight
        try (CoreLine line = new CoreLine(trial.fresh(), random)) {
            line.run(first);
            Snapshot stopped = line.snapshot();
            line.run(BATCHES);
            line.checkDrained();
            assertThat(line.snapshot().weightsSha256()).as(where).isEqualTo(digest);
            assertThat(streamed(trial.from(stopped), seed)).as(where).isEqualTo(digest);
        }

        // at the end of its run, twice
        Snapshot saved;
        try (CoreLine line = new CoreLine(trial.until(first), random)) {
            line.run(first);
            line.checkDrained();
            saved = line.snapshot();
        }
        assertThat(delayed(trial.from(saved))).as(where).isEqualTo(digest);
        try (CoreLine line = new CoreLine(trial.from(saved, second), random)) {
            line.run(second);
            line.checkDrained();
            saved = line.snapshot();
        }
        assertThat(streamed(trial.from(saved), seed)).as(where).isEqualTo(digest);
        assertThat(bits(saved))
                .as(where)
                .isEqualTo(bits(result(trial.from(result(trial.until(first)).finalState(), second))
                        .finalState()));
    }

    @ParameterizedTest
    @MethodSource("streamsFourTimes")
    @Tag("soak")
    void whereverItStops(StreamSpec stream, DelayCorrection correction, long seed) {
        whereALineStopsItCanBeSavedToo(stream, correction, seed);
    }

    private static Trial plain(int accumulate, WeightPolicy policy) {
        return new Trial(
                new StreamSpec(4, accumulate, 0, policy), DelayCorrection.NONE, new Optimizer.Sgd(0.05, 0.9), 4);
    }

    private static Snapshot cut(Trial trial, long step) {
        return result(trial.until(step)).finalState();
    }

    /** Older versions and predictions in a snapshot replaced by the newest weights, as if nobody had saved them. */
    private static Snapshot withoutThePast(Snapshot snapshot) {
        List<NamedTensor> state = new ArrayList<>();
        for (NamedTensor tensor : snapshot.optimizerState()) {
            List<NamedTensor> newest = snapshot.weights().stream()
                    .filter(weight -> tensor.name().startsWith(weight.name() + ".version.")
                            || tensor.name().startsWith(weight.name() + ".prediction."))
                    .toList();
            state.add(
                    newest.isEmpty()
                            ? tensor
                            : new NamedTensor(tensor.name(), newest.getFirst().tensor()));
        }
        return new Snapshot(snapshot.step(), snapshot.weights(), state);
    }

    @Test
    void withoutTheOlderWeightsTheUndisturbedRunIsMissed() {
        for (WeightPolicy policy : WeightPolicy.values()) {
            Trial trial = plain(3, policy);
            Snapshot snapshot = cut(trial, 5);
            assertThat(delayed(trial.from(snapshot))).as(policy.word()).isEqualTo(delayed(trial.fresh()));
            assertThat(delayed(trial.from(withoutThePast(snapshot))))
                    .as(policy.word())
                    .isNotEqualTo(delayed(trial.fresh()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.weight.version.4", "0.bias.grad", "stage.2.counts"})
    void whatIsMissingIsNamed(String name) {
        Trial trial = plain(3, WeightPolicy.STASH);
        Snapshot whole = cut(trial, 4);
        List<NamedTensor> rest = new ArrayList<>(whole.optimizerState());
        assertThat(rest.removeIf(tensor -> tensor.name().equals(name))).isTrue();
        RunPlan plan = trial.from(new Snapshot(4, whole.weights(), rest));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> result(plan))
                .withMessageStartingWith("checkpoint: ")
                .withMessageContaining(name);
    }

    @Test
    void aGreedyStreamGoesOnWithItsNewestWeights() {
        for (WeightPolicy policy : new WeightPolicy[] {WeightPolicy.STASH, WeightPolicy.LIVE}) {
            for (long seed = 1; seed <= 5; seed++) {
                double compensation = policy == WeightPolicy.STASH ? 0.5 : 0;
                Trial trial = new Trial(
                        new StreamSpec(4, 3, 0, policy, Discipline.GREEDY, 0),
                        new DelayCorrection(0, 0, compensation),
                        new Optimizer.Sgd(0.05, 0.9),
                        4);
                Random random = new Random(seed);
                Snapshot snapshot;
                try (CoreLine line = new CoreLine(trial.fresh(), random)) {
                    line.cutAt(Set.of(5L));
                    line.run(BATCHES);
                    line.checkDrained();
                    snapshot = line.taken().firstEntry().getValue();
                }
                try (CoreLine line = new CoreLine(trial.from(snapshot), random)) {
                    assertThat(line.snapshot().weightsSha256())
                            .as("%s, seed %d", policy.word(), seed)
                            .isEqualTo(snapshot.weightsSha256());
                    line.run(BATCHES);
                    line.checkDrained();
                    assertThat(line.snapshot().step()).isEqualTo(BATCHES);
                }
            }
        }
    }

    @Test
    void cutsComeInTimeAndOneAfterTheOther() {
        RunPlan plan = plain(1, WeightPolicy.LIVE).fresh();
        StreamCore first = new StreamCore(plan, StreamSnapshots.order(plan), 0, 1, 1, new Outbox());
        try {
            first.advance(1, 1);
            first.cutAt(2);
            assertThatIllegalStateException()
                    .isThrownBy(() -> first.cutAt(3))
                    .withMessage("cut after 3 batches at stage 0 (expected: one after the other, the last is 2)");
            first.cutAt(2);
            while (first.work().isPresent()) {
                first.advance(2, 1);
            }
            assertThatIllegalStateException()
                    .isThrownBy(() -> first.cutAt(0))
                    .withMessage("cut after 0 batches at stage 0 (expected: 2 or more, as were granted)");
        } finally {
            first.models().forEach(StageModel::close);
        }
    }

    static Stream<Arguments> others() {
        return Stream.of(
                Arguments.of(
                        "stages",
                        new Trial(
                                new StreamSpec(2, 3, 0, WeightPolicy.STASH),
                                DelayCorrection.NONE,
                                new Optimizer.Sgd(1, 0.9),
                                4)),
                Arguments.of("k", plain(1, WeightPolicy.STASH)),
                Arguments.of("weights", plain(3, WeightPolicy.LIVE)),
                Arguments.of(
                        "micro-batches",
                        new Trial(
                                new StreamSpec(4, 3, 0, WeightPolicy.STASH),
                                DelayCorrection.NONE,
                                new Optimizer.Sgd(1, 0.9),
                                8)),
                Arguments.of(
                        "allowance",
                        new Trial(
                                new StreamSpec(4, 3, 1, WeightPolicy.STASH),
                                DelayCorrection.NONE,
                                new Optimizer.Sgd(1, 0.9),
                                4)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("others")
    void anotherStreamIsRefusedByName(String what, Trial other) {
        Snapshot snapshot = cut(plain(3, WeightPolicy.STASH), 4);

        assertThatIllegalArgumentException()
                .as(what)
                .isThrownBy(() -> other.from(snapshot))
                .withMessageStartingWith(
                        "resume: async-1f1b, stages " + other.stream().stages())
                .withMessageEndingWith(" (expected: async-1f1b, stages 4, micro-batches 4, accumulate 3, allowance 0,"
                        + " weights stash, synchronous micro-batches 0, as it was saved); set"
                        + " these, or take the weights alone with --init");
    }

    @Test
    void aRunWithAFlushAndOneWithoutDoNotGoOnFromEachOther() {
        Trial trial = plain(3, WeightPolicy.STASH);
        Snapshot stream = cut(trial, 4);
        RunPlan flushing = trial.builder().resume(stream).build();
        assertThatIllegalArgumentException()
                .isThrownBy(flushing::flushed)
                .withMessage("resume: batch 4 of a run without a flush, as one with (expected: the same kind of run);"
                        + " --init takes its weights alone");

        Snapshot flushed = new Snapshot(4, stream.weights(), List.of());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> trial.from(flushed))
                .withMessage("resume: batch 4 of a run with a flush, as one without (expected: the same kind of run);"
                        + " --init takes its weights alone");
    }
}
