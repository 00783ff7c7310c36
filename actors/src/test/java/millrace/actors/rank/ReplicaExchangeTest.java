package millrace.actors.rank;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.embedding;
import static millrace.nn.layer.Layers.tanh;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.rank.Packet.ReplicaGradient;
import millrace.actors.rank.Packet.ReplicaSum;
import millrace.actors.run.SequentialRun;
import millrace.nn.data.Dataset;
import millrace.nn.data.TextSource;
import millrace.nn.infer.Evaluation;
import millrace.nn.layer.Dense;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.tensor.Shape;
import millrace.schedule.PipelineShape;
import millrace.schedule.Replication;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What replicas send each other, and when. */
class ReplicaExchangeTest {
    private static final int STEPS = 2;
    private static final TextSource WORDS =
            new TextSource("words", "to be or not to be, that is the question; ".repeat(3));
    private static final Dataset TEXT =
            WORDS.windows(4, 0.2, WORDS.vocabulary()).train();
    private static final int VOCABULARY = TEXT.classes().size();
    /** Wide enough that its layers are exchanged in two buckets. */
    private static final Model WIDE = Model.of(Shape.of(6), dense(290), tanh(), dense(300), tanh(), dense(3));

    private static final Model TIED = Model.of(
            Shape.of(4), embedding(VOCABULARY, 5), dense(6), tanh(), dense(5), Dense.tiedToEmbedding(VOCABULARY, true));

    /** Messages in the order of sending, the ranks in turn. */
    private static final class Line implements AutoCloseable {
        private final List<RankCore> cores;
        private final Deque<Runnable> messages = new ArrayDeque<>();
        private final List<String> happened = new ArrayList<>();
        private final List<Evaluation> evaluations = new ArrayList<>();
        private final long[] exchanged;

        Line(RunPlan plan) {
            cores = IntStream.range(0, plan.order().ranks())
                    .mapToObj(rank -> RankCore.of(plan, rank, 1))
                    .toList();
            exchanged = new long[cores.size()];
            for (int rank = 0; rank < cores.size(); rank++) {
                int from = rank;
                cores.get(rank).sendAtOnce(send -> {
                    happened.add(from + " sends " + told(send.message()) + " in "
                            + cores.get(from).position());
                    sent(from, send);
                });
            }
        }

        private static String told(LineMessage message) {
            return switch (message) {
                case ReplicaGradient m -> "gradients of stage " + m.stage() + ", bucket " + m.bucket();
                case ReplicaSum m -> "sum of stage " + m.stage() + ", bucket " + m.bucket();
                default -> "something else";
            };
        }

        private void sent(int from, Work.Send send) {
            if (send.message() instanceof ReplicaGradient || send.message() instanceof ReplicaSum) {
                exchanged[from] += ((Packet) send.message()).tensor().memory().byteSize();
            }
            messages.add(() -> cores.get(send.to()).arrived(send.message()));
        }

        void run(long steps) {
            cores.forEach(core -> core.advance(steps, 1));
            boolean moved = true;
            while (moved) {
                moved = false;
                for (int rank = 0; rank < cores.size(); rank++) {
                    Optional<Work> work = cores.get(rank).work();
                    int from = rank;
                    work.ifPresent(done -> {
                        happened.add(from + " did " + done.task());
                        done.sends().forEach(send -> sent(from, send));
                        done.outcomes().forEach(outcome -> {
                            if (outcome instanceof Work.Outcome.EvaluationDone(Evaluation evaluation)) {
                                evaluations.add(evaluation);
                            }
                        });
                    });
                    moved |= work.isPresent();
                }
                while (!messages.isEmpty()) {
                    messages.poll().run();
                    moved = true;
                }
            }
            cores.forEach(RankCore::checkDrained);
        }

        @Override
        public void close() {
            cores.forEach(RankCore::close);
        }
    }

    private static RunPlan plan(Model model, Dataset data, Schedule schedule) {
        return new PlanBuilder()
                .model(model)
                .train(data)
                .schedule(schedule)
                .batch(schedule.microBatches())
                .steps(STEPS)
                .build();
    }

    private static RunPlan plan(String model, String schedule, int ranks, int replicas) {
        PipelineShape shape = new PipelineShape(ranks, Schedules.named(schedule).defaultChunks(), 2);
        Schedule copies = Replication.of(Schedules.generate(schedule, shape), replicas);
        return switch (model) {
            case "wide" -> plan(WIDE, PlanBuilder.data(2 * copies.microBatches(), 1), copies);
            case "tied" -> plan(TIED, TEXT, copies);
            default -> plan(PlanBuilder.DEEP, PlanBuilder.data(2 * copies.microBatches(), 1), copies);
        };
    }

    private static long weights(RunPlan plan, int stage) {
        Partition.Range range = plan.partition().range(stage);
        return IntStream.range(range.from(), range.to())
                .mapToObj(plan.spec().model()::parameters)
                .flatMap(List::stream)
                .mapToLong(spec -> spec.shape().size())
                .sum();
    }

    /** Reduce-scatter and all-gather: 2 (R - 1) / R of the weights, of which no rank has more than one element more. */
    @ParameterizedTest
    @CsvSource({
        "wide,1f1b,1",
        "wide,zb-h1,2",
        "wide,gpipe,3",
        "deep,interleaved-1f1b,2",
        "deep,zb-v,2",
        "tied,1f1b,2",
        "tied,1f1b,1"
    })
    void aRankSendsTwiceItsWeightsLessItsOwnPart(String model, String schedule, int ranks) {
        for (int replicas = 2; replicas <= 4; replicas++) {
            String where = replicas + " replicas";
            RunPlan plan = plan(model, schedule, ranks, replicas);
            try (Line line = new Line(plan)) {
                line.run(STEPS);

                long sent = 0;
                for (int rank = 0; rank < line.cores.size(); rank++) {
                    List<Integer> held = plan.order().placement().stagesOf(rank);
                    double formula = held.stream()
                            .mapToDouble(stage -> 2.0
                                    * (plan.order().placement().replicas().size() - 1)
                                    / plan.order().placement().replicas().size()
                                    * weights(plan, stage))
                            .sum();
                    double elements = (double) line.exchanged[rank] / Float.BYTES / STEPS;
                    assertThat(elements)
                            .as("%s, rank %d", where, rank)
                            .isBetween(formula - held.size() * replicas, formula + held.size() * (replicas - 2.0));
                    sent += line.exchanged[rank];
                }
                long all = IntStream.range(0, plan.order().stages())
                        .mapToLong(stage -> weights(plan, stage))
                        .sum();
                assertThat(sent).as(where).isEqualTo(2L * (replicas - 1) * all * Float.BYTES * STEPS);
                String expected = new SequentialRun(plan, TrainingListener.SILENT)
                        .run()
                        .finalState()
                        .weightsSha256();
                assertThat(weightsSha256(line)).as(where).isEqualTo(expected);
            }
        }
    }

    private static String weightsSha256(Line line) {
        return CoreLine.joined(line.cores.stream()
                        .flatMap(core -> core.snapshots(Arena.ofAuto()).stream())
                        .toList())
                .weightsSha256();
    }

    /** Of one stage: the last layers' gradients leave while the last backward goes on with the first. */
    @Test
    void gradientsLeaveWhileTheLastBackwardGoesOn() {
        try (Line line = new Line(plan("wide", "1f1b", 1, 2))) {
            line.run(1);

            assertThat(line.happened)
                    .containsSubsequence(
                            "0 did Compute[action=0F2]",
                            "0 sends gradients of stage 0, bucket 0 in stage 0, step 0, action 0B2",
                            "0 sends gradients of stage 0, bucket 1 in stage 0, step 0, action 0B2",
                            "0 did Compute[action=0B2]",
                            "0 did Exchange[stage=0]");
        }
    }

    /** Of several stages a rank: the last one's gradients are added up before the backwards of the first have begun. */
    @Test
    void gradientsOfOneStageAreAddedUpBetweenTheBackwardsOfAnother() {
        try (Line line = new Line(plan("deep", "interleaved-1f1b", 2, 2))) {
            line.run(1);

            assertThat(line.happened)
                    .containsSubsequence(
                            "0 sends gradients of stage 2, bucket 0 in stage 2, step 0, action 2B2",
                            "0 did Exchange[stage=2]",
                            "0 did Compute[action=0B0]",
                            "0 did Compute[action=0B2]",
                            "0 did STEP");
        }
    }

    /** Replicas take chunks in turn, and what comes out is added up in the order of the chunks. */
    @ParameterizedTest
    @CsvSource({"1f1b,1,3", "1f1b,2,2", "zb-v,2,3", "chimera,2,1"})
    void chunksOfAnEvaluationGoThroughAllReplicas(String schedule, int ranks, int copies) {
        PipelineShape shape = new PipelineShape(ranks, Schedules.named(schedule).defaultChunks(), 2);
        Schedule order = Replication.of(Schedules.generate(schedule, shape), copies);
        int chunks = 11;
        RunPlan plan = new PlanBuilder()
                .model(PlanBuilder.DEEP)
                .test(PlanBuilder.data(chunks * 2 - 1, 3))
                .schedule(order)
                .batch(2 * order.microBatches())
                .build();
        Evaluation alone = evaluated(new PlanBuilder()
                .model(PlanBuilder.DEEP)
                .test(PlanBuilder.data(chunks * 2 - 1, 3))
                .line(1, "gpipe", order.microBatches())
                .batch(2 * order.microBatches())
                .build());

        assertThat(evaluated(plan)).isEqualTo(alone);

        int replicas = plan.order().placement().replicas().size();
        try (Line line = new Line(plan)) {
            line.cores.forEach(core -> core.evaluate(new EvaluationId(1, "test", 0)));
            line.run(0);
            for (int replica = 0; replica < replicas; replica++) {
                String first = plan.order().placement().ranksOf(0).get(replica) + " did Evaluate[stage=";
                long done = line.happened.stream()
                        .filter(what -> what.startsWith(first))
                        .count();
                assertThat(done).as("replica %d", replica).isGreaterThanOrEqualTo(chunks / replicas);
            }
        }
    }

    private static Evaluation evaluated(RunPlan plan) {
        try (Line line = new Line(plan)) {
            line.cores.forEach(core -> core.evaluate(new EvaluationId(1, "test", 0)));
            line.run(0);
            assertThat(line.evaluations).hasSize(1);
            return line.evaluations.getFirst();
        }
    }
}
