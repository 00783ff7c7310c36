package millrace.actors.rank.actor;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.BehaviorTestKit;
import akka.actor.testkit.typed.javadsl.TestInbox;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import millrace.actors.checkpoint.Shards;
import millrace.actors.link.LinkSpec;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.rank.LineMessage;
import millrace.actors.rank.Packet.Activation;
import millrace.actors.rank.Packet.ErrorDelta;
import millrace.actors.rank.RankCore;
import millrace.actors.rank.RankCores;
import millrace.actors.rank.actor.RankProtocol.Command;
import millrace.actors.rank.actor.RankProtocol.Connect;
import millrace.actors.rank.actor.RankProtocol.FromRank;
import millrace.actors.rank.actor.TrainerProtocol.Message;
import millrace.actors.trace.FlightRecorder;
import millrace.nn.data.Dataset;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/** Rank actors of a line of three, each between inboxes instead of its neighbours. */
final class RankKit implements AutoCloseable {
    static final long RUN_EPOCH = 4;
    static final int WINDOW = 2;
    static final int ROWS = 4;
    /** Six chunks of four, the last of one. */
    static final Dataset HELD_OUT = PlanBuilder.data(21, 5);

    final RunPlan plan;
    final List<TestInbox<Command>> ranks =
            Stream.generate(TestInbox::<Command>create).limit(3).toList();
    final TestInbox<Message> observer = TestInbox.create();
    private final Semaphore computing = new Semaphore(1);
    private final List<RankCore> cores = new ArrayList<>();

    /** Of a line that flushes. */
    RankKit() {
        this(plan());
    }

    /** Of a line of three stages with two micro-batches. */
    RankKit(RunPlan plan) {
        this.plan = plan;
    }

    /** What a line that flushes does; others are made of it. */
    static RunPlan plan() {
        return new PlanBuilder()
                .line(3, "1f1b", 2)
                .validation(HELD_OUT)
                .test(HELD_OUT)
                .build();
    }

    /** The actor of a rank, wired. */
    BehaviorTestKit<Command> stage(int rank) {
        return stage(rank, LinkSpec.DIRECT);
    }

    /** The actor of a rank, wired; its messages suffer from a link. */
    BehaviorTestKit<Command> stage(int rank, LinkSpec link) {
        RankCore core = RankCores.of(plan, rank, RUN_EPOCH, WINDOW);
        cores.add(core);
        RankActor.Settings settings = new RankActor.Settings(
                rank,
                plan.order().stages(),
                computing,
                link,
                plan.trace(),
                Shards::write,
                false,
                new FlightRecorder("run", rank, RUN_EPOCH));
        BehaviorTestKit<Command> kit = BehaviorTestKit.create(RankActor.create(settings, core));
        kit.run(new Connect(ranks.stream().map(TestInbox::getRef).toList(), observer.getRef()));
        return kit;
    }

    /** Columns of what goes into a stage, or out of the one before it. */
    int columns(int stage) {
        return (int) plan.spec()
                .model()
                .shapeBefore(plan.partition().range(stage).from())
                .size();
    }

    static Tensor zeros(int rows, int columns) {
        return Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(rows, columns));
    }

    FromRank activation(int stage, int microBatch) {
        return new FromRank(new Activation(RUN_EPOCH, stage, 0, microBatch, zeros(ROWS, columns(stage))));
    }

    FromRank delta(int stage, int microBatch) {
        return new FromRank(new ErrorDelta(RUN_EPOCH, stage, 0, microBatch, zeros(ROWS, columns(stage + 1))));
    }

    /** All messages of the line that one inbox has got, which must be of that type. */
    static <T extends LineMessage> List<T> sent(TestInbox<Command> inbox, Class<T> type) {
        return all(inbox, FromRank.class).stream()
                .map(command -> type.cast(command.message()))
                .toList();
    }

    /** All messages of one inbox, which must be of that type. */
    static <T> List<T> all(TestInbox<? super T> inbox, Class<T> type) {
        return inbox.getAllReceived().stream().map(type::cast).toList();
    }

    @Override
    public void close() {
        assertThat(computing.availablePermits()).as("permits to compute").isEqualTo(1);
        cores.forEach(RankCore::close);
    }
}
