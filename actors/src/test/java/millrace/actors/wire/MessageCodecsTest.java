package millrace.actors.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import akka.actor.ExtendedActorSystem;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.javadsl.Adapter;
import java.io.NotSerializableException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import millrace.actors.TestKitExtension;
import millrace.actors.access.Credential;
import millrace.actors.checkpoint.CheckpointPace;
import millrace.actors.cluster.AtRest;
import millrace.actors.cluster.ClientProtocol;
import millrace.actors.cluster.CoordinatorProtocol;
import millrace.actors.cluster.DataUse;
import millrace.actors.cluster.LiveCut;
import millrace.actors.cluster.RunData;
import millrace.actors.cluster.RunOrder;
import millrace.actors.cluster.WorkerProtocol;
import millrace.actors.cluster.WorkerProtocol.RankPlace;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;
import millrace.actors.fetch.FetchProtocol;
import millrace.actors.fetch.FileDigest;
import millrace.actors.jobs.BookProtocol;
import millrace.actors.jobs.JobRecord;
import millrace.actors.jobs.JobState;
import millrace.actors.jobs.JobTerms;
import millrace.actors.jobs.JobsProtocol;
import millrace.actors.keeper.Electors;
import millrace.actors.keeper.KeeperProtocol;
import millrace.actors.keeper.Promise;
import millrace.actors.memory.CopyProtocol;
import millrace.actors.observe.ObserveProtocol;
import millrace.actors.plan.CourseState;
import millrace.actors.plan.RunTerms;
import millrace.actors.plan.Snapshot;
import millrace.actors.probe.ProbeProtocol;
import millrace.actors.rank.ChunkDone;
import millrace.actors.rank.EvaluationId;
import millrace.actors.rank.RankAtRest;
import millrace.actors.rank.RankFigures;
import millrace.actors.rank.StepWord;
import millrace.actors.rank.actor.RankProtocol;
import millrace.actors.rank.actor.TrainerProtocol;
import millrace.actors.trace.FlightRecord;
import millrace.actors.trace.FlightRecord.Doing;
import millrace.actors.trace.PipelineFigures;
import millrace.actors.trace.RankTrace;
import millrace.actors.trace.Staleness;
import millrace.actors.trace.TraceWindow;
import millrace.actors.transport.TransportProtocol.ToInlet;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import millrace.nn.choice.KernelChoices;
import millrace.nn.data.DatasetOutline;
import millrace.nn.infer.Evaluation;
import millrace.nn.optimizer.Plateau;
import millrace.nn.stage.LossSum;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.schedule.Action;
import millrace.schedule.timeline.Timeline.Weights;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** All small messages that leave a node: there and back, and with bytes missing or wrong. */
class MessageCodecsTest {
    @RegisterExtension
    static final TestKitExtension AKKA = new TestKitExtension();

    private static final String DIGEST = "0123456789abcdef".repeat(4);

    private final WireSerializer serializer = new WireSerializer(
            (ExtendedActorSystem) Adapter.toClassic(AKKA.kit().system()));

    private static FlightRecord flight() {
        long begin = Long.MAX_VALUE - 100;
        return new FlightRecord(
                3,
                2,
                List.of(
                        new FlightRecord.Span(Doing.ACTION, 7, Action.forward(2, 1), null, begin, begin + 50, 4096),
                        new FlightRecord.Span(
                                // a clock may begin anywhere, and go round
                                Doing.ACTION, 7, Action.backward(2, 1), new Weights(6, 1), begin + 60, begin + 200, 0),
                        new FlightRecord.Span(Doing.STEP, 7, null, null, begin + 200, begin + 210, 0),
                        new FlightRecord.Span(Doing.EXCHANGE, 7, null, null, begin + 210, begin + 211, 0),
                        new FlightRecord.Span(Doing.EVALUATION, 1, null, null, begin + 211, begin + 220, 0)),
                List.of(
                        new FlightRecord.Passage(true, 7, Action.parse("3F1"), begin + 50),
                        new FlightRecord.Passage(false, 7, Action.parse("2I1"), begin - 60)),
                new FlightRecord.Totals(
                        8,
                        1_000_000_007L,
                        3_000_000_000L,
                        new TreeMap<>(Map.of(4, new FlightRecord.Traffic(9, 1L << 40)))),
                new FlightRecord.Levels(4096, 1L << 33, 2, 3, 4, 1.5));
    }

    static Stream<Object> messages() {
        TestProbe<WorkerProtocol.Command> worker = AKKA.kit().createTestProbe();
        TestProbe<CoordinatorProtocol.Command> coordinator = AKKA.kit().createTestProbe();
        TestProbe<ClientProtocol.Event> client = AKKA.kit().createTestProbe();
        TestProbe<CoordinatorProtocol.WorkerHere> here = AKKA.kit().createTestProbe();
        TestProbe<WorkerProtocol.FilesFetched> files = AKKA.kit().createTestProbe();
        TestProbe<ProbeProtocol.Command> probe = AKKA.kit().createTestProbe();
        TestProbe<ObserveProtocol.Seen> seen = AKKA.kit().createTestProbe();
        TestProbe<ProbeProtocol.ProbedNode> probed = AKKA.kit().createTestProbe();
        TestProbe<ProbeProtocol.Speed> speed = AKKA.kit().createTestProbe();
        TestProbe<ProbeProtocol.LinkSpeed> link = AKKA.kit().createTestProbe();
        TestProbe<ProbeProtocol.Pong> pong = AKKA.kit().createTestProbe();
        TestProbe<JobsProtocol.Command> jobs = AKKA.kit().createTestProbe();
        TestProbe<JobsProtocol.KnownOrder> knownOrder = AKKA.kit().createTestProbe();
        TestProbe<JobsProtocol.Jobs> list = AKKA.kit().createTestProbe();
        TestProbe<JobsProtocol.ClusterStatus> status = AKKA.kit().createTestProbe();
        TestProbe<BookProtocol.Command> book = AKKA.kit().createTestProbe();
        TestProbe<RankProtocol.Command> stage = AKKA.kit().createTestProbe();
        TestProbe<TrainerProtocol.Message> observer = AKKA.kit().createTestProbe();
        TestProbe<ToInlet> inlet = AKKA.kit().createTestProbe();
        TestProbe<CopyProtocol.Message> copies = AKKA.kit().createTestProbe();
        TestProbe<KeeperProtocol.Answer> keeper = AKKA.kit().createTestProbe();
        KeeperProtocol.Node node = new KeeperProtocol.Node("one:25520/x", "one:25520", true, false);
        TestProbe<FetchProtocol.ToFetch> fetch = AKKA.kit().createTestProbe();
        TestProbe<FetchProtocol.ToHolder> holder = AKKA.kit().createTestProbe();
        Optional<Credential> who = Optional.of(new Credential(List.of("MIIB", "MIIC"), "MEUC"));
        FileDigest file = new FileDigest(DIGEST, 3_000_000);
        RunOrder order = new RunOrder(
                        "run-1",
                        "/runs/run-1",
                        "a = 1\nb = \"größe\"",
                        Optional.of("/runs/before/checkpoints/step-00000010"),
                        Optional.empty(),
                        3,
                        2,
                        CheckpointPace.every(Duration.ofMillis(1500)),
                        Set.of(10, 4),
                        2,
                        KernelChoices.parse(List.of(
                                "1024 x 10, 8 forwards: forward packed, backward-input plain, rows padded",
                                "64 x 48, 1 forward: forward plain, backward-input packed, rows close")))
                .over(new RunData(
                        new TreeMap<>(Map.of(
                                "train", outline("weather.csv", 90, ElementType.F32, true, "rain", "sun"),
                                "validation", outline("weather.csv", 7, ElementType.F32, false, "rain", "sun"),
                                "test", outline("later.csv", 30, ElementType.I32, false))),
                        List.of(new RunData.NamedFile("data.csv.file", "../data/weather.csv", file))))
                .kept(new RunOrder.Keeping(RunOrder.Sharing.NO, new Electors(List.of("one:25520/x", "two:25520/y"))));
        RunOrder bare = new RunOrder(
                "r",
                "/r",
                "",
                Optional.empty(),
                Optional.of("/w.safetensors"),
                1,
                1,
                CheckpointPace.costing(0.05),
                Set.of());
        List<RankPlace> places = List.of(new RankPlace(1, worker.ref(), stage.ref(), inlet.ref()));
        StepWord word = new StepWord(
                12,
                0.375,
                new CourseState(
                        0.5, 1e-30, 0.1, 1L << 40, 0.25, 3, 9, new Plateau.State(0.5, 0.125, 1, 2), RunTerms.UNKNOWN));
        LiveCut live = new LiveCut(word, List.of(new FileEntry("stage-0-of-2.safetensors", 9, DIGEST)));
        Evaluation evaluation = new Evaluation(5, 0.25, List.of(List.of(2L, 1L), List.of(0L, 2L)));
        RunResult result = new RunResult(
                RunResult.Reason.STOPPED_EARLY,
                77,
                0.5,
                Map.of("test", evaluation, "validation", new Evaluation(3, Double.NaN, List.of())),
                1234.5,
                6.75,
                new Snapshot(77, List.of(), List.of()),
                new PipelineFigures(
                        List.of(2.0, 1.5),
                        List.of(1L << 40, 7L),
                        List.of(8L, 1L << 41),
                        List.of(9L, 1L << 42),
                        3,
                        List.of(),
                        List.of(0L, 4L),
                        List.of(),
                        List.of()));
        return Stream.of(
                new RankProtocol.Advance(1L << 40, 0.125),
                new RankProtocol.GradientNorm(9, 0.125),
                new RankProtocol.StepNow(word),
                new TrainerProtocol.Ready(3, 9, OptionalInt.empty(), LossSum.NONE),
                new TrainerProtocol.Ready(3, 9, OptionalInt.of(0), new LossSum(Double.NaN, 0.5)),
                new TrainerProtocol.GradientSquares(
                        1, 9, new TreeMap<>(Map.of(1, List.of(0.5, Double.NaN), 3, List.of(1e-30)))),
                new RankProtocol.Evaluate(new EvaluationId(7, "test", 21)),
                new RankProtocol.FromRank(new ChunkDone(new EvaluationId(7, "test", 21), 3)),
                new RankProtocol.AskPosition(7),
                new RankProtocol.Cut(12, "/runs/x/.tmp"),
                new RankProtocol.Drain(),
                new TrainerProtocol.StepDone(9, 1, new LossSum(Double.NaN, 0.5)),
                new TrainerProtocol.Reached(2, 9),
                new TrainerProtocol.Evaluated(evaluation),
                new TrainerProtocol.Position(
                        7, 1, 99, true, "rank 1 waits for the activation", new TrainerProtocol.Pace(1L << 40, 2, 3)),
                new TrainerProtocol.ShardsWritten(0, 12, List.of(new FileEntry("stage-0-of-2.safetensors", 9, DIGEST))),
                new TrainerProtocol.CutFailed(0, 12, "no room"),
                new WorkerProtocol.AskWorker(here.ref()),
                new WorkerProtocol.FetchFiles(order.by(who), files.ref()),
                new WorkerProtocol.FilesFetched("data.fetch: false"),
                new ObserveProtocol.LookAt("run-1", 250_000_000, seen.ref()),
                new ObserveProtocol.Seen("one:25520", -1_234_567_890_123L, List.of(flight()), 7),
                new ObserveProtocol.Seen("one:25520", 5, List.of(), 0),
                new ProbeProtocol.AskNode(probed.ref()),
                new ProbeProtocol.ProbedNode(probe.ref(), "one:25520", 4),
                new ProbeProtocol.AskSpeed(2, who, speed.ref()),
                new ProbeProtocol.Speed(12.5, ""),
                new ProbeProtocol.AskLink(probe.ref(), Optional.empty(), link.ref()),
                new ProbeProtocol.LinkSpeed(0.25, 1e9, "late"),
                new ProbeProtocol.Ping(3, ByteBuffer.wrap(new byte[] {1, 2}), pong.ref()),
                new ProbeProtocol.Pong(1L << 40),
                new WorkerProtocol.Prepare(
                        4, order, List.of(0, 2), Optional.of("/c"), Optional.empty(), coordinator.ref()),
                new WorkerProtocol.Prepare(4, bare, List.of(), Optional.empty(), Optional.empty(), coordinator.ref()),
                new WorkerProtocol.Prepare(4, bare, List.of(1), Optional.empty(), Optional.of(live), coordinator.ref()),
                new WorkerProtocol.TryOut(4, order, List.of(0, 2), coordinator.ref()),
                new WorkerProtocol.AskRest("run-1", 4, 1L << 40, coordinator.ref()),
                new WorkerProtocol.CutStages("run-1", 1L << 40, word, coordinator.ref()),
                new WorkerProtocol.ConnectRanks(4, places, observer.ref()),
                new WorkerProtocol.Release(Long.MAX_VALUE),
                new WorkerProtocol.KeepCut("run-1", 12, List.of(worker.ref())),
                new WorkerProtocol.RunOver("run-1"),
                new CopyProtocol.AskCut(12, copies.ref()),
                new CopyProtocol.AskHolding(new FileEntry("model.safetensors", 9, DIGEST), copies.ref()),
                new CopyProtocol.AskPiece(new FileEntry("model.safetensors", 9, DIGEST), 8, 4, copies.ref()),
                new CopyProtocol.CutFiles(
                        12, List.of(new FileEntry("stage-0-of-2.safetensors", 9, DIGEST)), copies.ref()),
                new CopyProtocol.Holding(new FileEntry("model.safetensors", 9, DIGEST), true, copies.ref()),
                new CopyProtocol.Piece(
                        new FileEntry("model.safetensors", 9, DIGEST), 1L << 40, ByteBuffer.wrap(new byte[] {3, 1})),
                new JobsProtocol.Submit(order, new JobTerms(-3, Optional.of(Duration.ofSeconds(5)), 99), client.ref()),
                new JobsProtocol.Submit(order.by(who), JobTerms.USUAL.by(who), client.ref()),
                new JobsProtocol.Submit(bare, JobTerms.USUAL, client.ref()),
                new JobsProtocol.Attach("run-1", client.ref()),
                new JobsProtocol.Cancel("run-1", Optional.empty()),
                new JobsProtocol.Cancel("run-1", who),
                new JobsProtocol.Save("run-1", Optional.empty()),
                new JobsProtocol.Save("run-1", who),
                new JobsProtocol.AskJobs(list.ref()),
                new JobsProtocol.AskOrder("run-1", knownOrder.ref()),
                new JobsProtocol.KnownOrder(Optional.of(order)),
                new JobsProtocol.KnownOrder(Optional.empty()),
                new JobsProtocol.AskStatus(status.ref()),
                new JobsProtocol.WorkerLeaving(worker.ref()),
                new JobsProtocol.Noted(job(order, JobState.QUEUED, Optional.empty())),
                new JobsProtocol.AllNoted(book.ref()),
                new BookProtocol.Note(
                        job(bare, JobState.FAILED, Optional.of(new ClientProtocol.Failed("r", "why", true)))),
                new BookProtocol.Note(job(
                        order,
                        JobState.CANCELLED,
                        Optional.of(new ClientProtocol.Ended("run-1", result.withDigest(DIGEST))))),
                new BookProtocol.Note(
                        job(order, JobState.RUNNING, Optional.empty()).by(who)),
                new BookProtocol.AskBook(jobs.ref()),
                new JobsProtocol.Jobs(List.of(new JobsProtocol.JobLine(
                        "run-1", JobState.RUNNING, -3, List.of("a:1"), 2, 1, 5, 9, 10, 11, 12, "why", "/r", DIGEST))),
                new CoordinatorProtocol.WorkerHere(worker.ref(), "a:1", 4, 7, Optional.of(order), true, who),
                new CoordinatorProtocol.WorkerHere(
                        worker.ref(), "a:1", 4, 7, Optional.empty(), false, Optional.empty()),
                new CoordinatorProtocol.RanksRest(1L << 40, worker.ref(), AtRest.NOTHING),
                new CoordinatorProtocol.RanksRest(
                        1L << 40,
                        worker.ref(),
                        new AtRest(
                                3,
                                new TreeMap<>(Map.of(
                                        4, new RankAtRest(List.of(0, 2), 11, true, word),
                                        1,
                                                new RankAtRest(
                                                        List.of(1), 12, false, new StepWord(0, 0, CourseState.NONE)))),
                                Optional.of(live))),
                new CoordinatorProtocol.StagesCut(1L << 40, worker.ref(), live.files()),
                new CoordinatorProtocol.Prepared(4, worker.ref(), places, DataUse.NONE),
                new CoordinatorProtocol.Prepared(
                        4, worker.ref(), places, new DataUse(DataUse.Source.FETCHED, 11_000_000_000L)),
                new CoordinatorProtocol.PrepareFailed(4, worker.ref(), "why", true),
                new CoordinatorProtocol.Connected(4, worker.ref()),
                new CoordinatorProtocol.RankFailed(4, 1, "why"),
                new KeeperProtocol.AskNode(keeper.ref()),
                new KeeperProtocol.AskRun("run-1", keeper.ref()),
                new KeeperProtocol.AskPromise("run-1", new Promise(7, "one:25520/x"), keeper.ref()),
                new KeeperProtocol.AskPromise("run-1", new Promise(7, "one:25520/x"), keeper.ref(), who),
                new KeeperProtocol.Copy(
                        "run-1",
                        ".draft",
                        List.of(new FileEntry("model.safetensors", 9, DIGEST, List.of("a:1", "b:1"))),
                        keeper.ref(),
                        who),
                new KeeperProtocol.Publish(
                        "run-1", new Promise(7, "one:25520/x"), ".draft", file, true, 2, keeper.ref(), who),
                new KeeperProtocol.AskSeen("/runs/run-1/.seen", "token", keeper.ref()),
                new KeeperProtocol.RunKept(
                        node, List.of(new KeeperProtocol.KeptCheckpoint("step-00000007", file)), Set.of(file)),
                new KeeperProtocol.Promised(node, Promise.NONE),
                new KeeperProtocol.Done(node, "no room", true),
                new FetchProtocol.AskHolding(file, fetch.ref()),
                new FetchProtocol.AskChunk(file, 1, fetch.ref()),
                new FetchProtocol.Holding(file, holder.ref()),
                new FetchProtocol.NotHeld(file, holder.ref()),
                new FetchProtocol.Chunk(file, 1, ByteBuffer.wrap(new byte[] {1, 2, 3}), holder.ref()),
                new ClientProtocol.Accepted("run-1"),
                new ClientProtocol.Happened(
                        "run-1",
                        new TrainingEvent.Step(
                                5,
                                3,
                                0.5,
                                1e-3,
                                new TrainingEvent.Stretch(2, 24, 1_000_000),
                                List.of(0.25, Double.NaN))),
                new ClientProtocol.Happened(
                        "run-1",
                        new TrainingEvent.EpochEnd(
                                2,
                                10,
                                0.5,
                                1e-4,
                                Map.of("test", evaluation),
                                99.5,
                                List.of(new TrainingEvent.NormFigures(0.5, 2)))),
                new ClientProtocol.Happened("run-1", new TrainingEvent.EvaluationDone(10, Map.of("test", evaluation))),
                new ClientProtocol.Happened(
                        "run-1",
                        new TrainingEvent.Placed(
                                2, 10, List.of(new TrainingEvent.Placed.WorkerRanks("a:1", List.of(0, 1))), 3.5)),
                new ClientProtocol.Happened("run-1", new TrainingEvent.Recovering("worker lost")),
                new ClientProtocol.Happened("run-1", new TrainingEvent.Noticed("damaged")),
                new ClientProtocol.Ended("run-1", result.withDigest(DIGEST)),
                new ClientProtocol.Failed("run-1", "why", false),
                new JobsProtocol.ClusterStatus(
                        List.of(
                                new CoordinatorProtocol.Status(
                                        Optional.of("run-1"),
                                        "training",
                                        2,
                                        10,
                                        99.5,
                                        List.of(new CoordinatorProtocol.WorkerStatus(
                                                "a:1", 2, List.of(0), new DataUse(DataUse.Source.READ, 5), 1.25)),
                                        List.of(new CoordinatorProtocol.RankStatus(0, "stage 0 waits", 2.5, 0.125))),
                                new CoordinatorProtocol.Status(Optional.empty(), "idle", 0, 0, 0, List.of())),
                        List.of(new CoordinatorProtocol.WorkerStatus("b:1", 3, List.of()))));
    }

    private static JobRecord job(RunOrder order, JobState state, Optional<ClientProtocol.End> end) {
        return new JobRecord(order, JobTerms.USUAL, 3, 4, state, 100, 200, 300, 5, "why", end);
    }

    private static DatasetOutline outline(
            String name, int samples, ElementType inputs, boolean weighted, String... classes) {
        return new DatasetOutline(
                name,
                inputs,
                Shape.of(samples, 3),
                classes.length == 0 ? ElementType.F32 : ElementType.I32,
                Shape.of(samples, 2),
                List.of(classes),
                weighted);
    }

    @ParameterizedTest
    @MethodSource("messages")
    void thereAndBack(Object message) throws NotSerializableException {
        String manifest = serializer.manifest(message);

        assertThat(serializer.fromBinary(serializer.toBinary(message), manifest))
                .isEqualTo(message);
        // as Artery has them: outside the heap, and begun
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16).position(7);
        serializer.toBinary(message, buffer);
        assertThat(serializer.fromBinary(buffer.flip().position(7), manifest)).isEqualTo(message);
        assertThat(manifest.length()).isLessThanOrEqualTo(2);
    }

    @ParameterizedTest
    @MethodSource("messages")
    void damagedBytesAreAnotherMessageOrAreRefused(Object message) {
        String manifest = serializer.manifest(message);
        byte[] whole = serializer.toBinary(message);
        long seed = 31L * whole.length + manifest.hashCode();
        Random random = new Random(seed);
        for (int i = 0; i < 200 && whole.length > 0; i++) {
            byte[] damaged = Arrays.copyOf(whole, random.nextInt(whole.length + 1));
            for (int flips = random.nextInt(3); flips > 0 && damaged.length > 0; flips--) {
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            }
            try {
                assertThat(serializer.fromBinary(damaged, manifest))
                        .as("seed %d", seed)
                        .isNotNull();
            } catch (NotSerializableException e) {
                assertThat(e).hasMessageContaining("(expected: ");
            }
        }
    }

    @org.junit.jupiter.api.Test
    void drainedRanksTellTheirFiguresButNotTheirTrace() throws NotSerializableException {
        TrainerProtocol.Drained drained = new TrainerProtocol.Drained(
                1,
                new RankFigures(
                        2.5,
                        new TreeMap<>(Map.of(1, 1L << 40)),
                        new TreeMap<>(Map.of(1, 1L << 41)),
                        new TreeMap<>(Map.of(1, 1L << 42)),
                        3,
                        Optional.of(Staleness.of(1, Map.of(0L, 5L), Map.of(1L, 6L), 2, 1)),
                        new TreeMap<>(Map.of(1, 4L))),
                new RankTrace(TraceWindow.NONE));

        RankFigures read = ((TrainerProtocol.Drained)
                        serializer.fromBinary(serializer.toBinary(drained), serializer.manifest(drained)))
                .figures();

        assertThat(read.peakActivations()).isEqualTo(2.5);
        assertThat(read.peakBytes()).isEqualTo(drained.figures().peakBytes());
        assertThat(read.gatheredBytes()).isEqualTo(drained.figures().gatheredBytes());
        assertThat(read.allocatedBytes()).isEqualTo(drained.figures().allocatedBytes());
        assertThat(read.duplicates()).isEqualTo(3);
        assertThat(read.skippedSteps()).isEqualTo(drained.figures().skippedSteps());
        assertThat(read.staleness().orElseThrow().histogram()).containsExactly(Map.entry(0L, 5L));
        assertThat(read.staleness().orElseThrow().backwards()).containsExactly(Map.entry(1L, 6L));
    }

    @org.junit.jupiter.api.Test
    void anUnknownManifestIsRefusedWithThoseThatAreKnown() {
        List<String> unknown = new ArrayList<>(List.of("ZZ", ""));

        unknown.forEach(manifest -> assertThatExceptionOfType(NotSerializableException.class)
                .isThrownBy(() -> serializer.fromBinary(new byte[0], manifest))
                .withMessageContaining("one of CA, CC, "));
    }
}
