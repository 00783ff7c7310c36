package millrace.actors.observe;

import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import java.util.List;
import millrace.actors.observe.ObserveProtocol.LookAt;
import millrace.actors.observe.ObserveProtocol.Seen;
import millrace.actors.trace.FlightRecord;
import millrace.actors.trace.FlightRecord.Passage;
import millrace.actors.trace.FlightRecord.Span;
import millrace.actors.trace.FlightRecorders;

/** Tells what the ranks of its node do, when it is asked. An answer has a size that a frame can carry: where there is more, it tells the newest. */
public final class Observer extends AbstractOnMessageBehavior<LookAt> {
    /** Spans and passages of an answer, of all ranks together. */
    static final int MOST = 4096;

    private final String address;
    private final FlightRecorders recorders;

    /** The observer of a node, for whoever looks for it under {@link ObserveProtocol#KEY}. */
    public static Behavior<LookAt> create(String address, FlightRecorders recorders) {
        return Behaviors.setup(context -> {
            context.getSystem().receptionist().tell(Receptionist.register(ObserveProtocol.KEY, context.getSelf()));
            return new Observer(context, address, recorders);
        });
    }

    private Observer(ActorContext<LookAt> context, String address, FlightRecorders recorders) {
        super(context);
        this.address = address;
        this.recorders = recorders;
    }

    @Override
    public Behavior<LookAt> onMessage(LookAt asked) {
        long now = System.nanoTime();
        List<FlightRecord> records = recorders.look(asked.run(), now - asked.before());
        int most = MOST / Math.max(1, 2 * records.size());
        asked.replyTo()
                .tell(new Seen(
                        address,
                        now,
                        records.stream().map(record -> newest(record, most)).toList(),
                        recorders.retransmissions()));
        return this;
    }

    private static FlightRecord newest(FlightRecord record, int most) {
        List<Span> spans = record.spans();
        List<Passage> passages = record.passages();
        return new FlightRecord(
                record.rank(),
                record.runEpoch(),
                spans.subList(Math.max(0, spans.size() - most), spans.size()),
                passages.subList(Math.max(0, passages.size() - most), passages.size()),
                record.totals(),
                record.levels());
    }
}
