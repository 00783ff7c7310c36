package millrace.actors.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.LongStream;
import millrace.actors.observe.ObserveProtocol;
import millrace.actors.trace.FlightRecord;
import millrace.actors.trace.FlightRecord.Doing;
import millrace.actors.trace.FlightRecord.Levels;
import millrace.actors.trace.FlightRecord.Passage;
import millrace.actors.trace.FlightRecord.Span;
import millrace.actors.trace.FlightRecord.Totals;
import millrace.actors.trace.FlightRecord.Traffic;
import millrace.proto.v1.FlightLevels;
import millrace.proto.v1.FlightPassage;
import millrace.proto.v1.FlightSpan;
import millrace.proto.v1.FlightTotals;
import millrace.proto.v1.FlightTraffic;
import millrace.proto.v1.FlightWeights;
import millrace.proto.v1.LookAt;
import millrace.proto.v1.Seen;
import millrace.schedule.Action;
import millrace.schedule.timeline.Timeline.Weights;

/** What ranks do now (observe.proto). */
final class ObserveCodecs {
    private ObserveCodecs() {}

    static List<Codec<?>> all(Refs refs) {
        return List.of(
                new ProtoCodec<>(
                        "OL",
                        ObserveProtocol.LookAt.class,
                        LookAt.parser(),
                        m -> LookAt.newBuilder()
                                .setRun(m.run())
                                .setBefore(m.before())
                                .setReplyTo(refs.text(m.replyTo()))
                                .build(),
                        m -> new ObserveProtocol.LookAt(m.getRun(), m.getBefore(), refs.actor(m.getReplyTo()))),
                new ProtoCodec<>(
                        "OS",
                        ObserveProtocol.Seen.class,
                        Seen.parser(),
                        m -> Seen.newBuilder()
                                .setNode(m.node())
                                .setClock(m.clock())
                                .addAllRecords(m.records().stream()
                                        .map(ObserveCodecs::of)
                                        .toList())
                                .setRetransmissions(m.retransmissions())
                                .build(),
                        m -> new ObserveProtocol.Seen(
                                m.getNode(),
                                m.getClock(),
                                m.getRecordsList().stream()
                                        .map(ObserveCodecs::of)
                                        .toList(),
                                m.getRetransmissions())));
    }

    private static millrace.proto.v1.FlightRecord of(FlightRecord record) {
        long origin = LongStream.concat(
                        record.spans().stream().mapToLong(Span::start),
                        record.passages().stream().mapToLong(Passage::at))
                .reduce((a, b) -> a - b < 0 ? a : b)
                .orElse(0);
        millrace.proto.v1.FlightRecord.Builder message = millrace.proto.v1.FlightRecord.newBuilder()
                .setRank(record.rank())
                .setRunEpoch(record.runEpoch())
                .setOrigin(origin)
                .setTotals(of(record.totals()))
                .setLevels(of(record.levels()));
        record.spans().forEach(span -> message.addSpans(of(span, origin)));
        record.passages()
                .forEach(passage -> message.addPassages(FlightPassage.newBuilder()
                        .setSent(passage.sent())
                        .setStep(passage.step())
                        .setReleases(passage.releases().toString())
                        .setAt(passage.at() - origin)));
        return message.build();
    }

    private static FlightRecord of(millrace.proto.v1.FlightRecord m) {
        List<Span> spans = new ArrayList<>();
        for (FlightSpan span : m.getSpansList()) {
            spans.add(new Span(
                    doing(span.getDoing()),
                    span.getStep(),
                    span.getAction().isEmpty() ? null : Action.parse(span.getAction()),
                    span.hasWeights()
                            ? new Weights(
                                    span.getWeights().getVersion(),
                                    span.getWeights().getStaleness())
                            : null,
                    span.getStart() + m.getOrigin(),
                    span.getEnd() + m.getOrigin(),
                    span.getHeld()));
        }
        List<Passage> passages = new ArrayList<>();
        for (FlightPassage passage : m.getPassagesList()) {
            passages.add(new Passage(
                    passage.getSent(),
                    passage.getStep(),
                    Action.parse(passage.getReleases()),
                    passage.getAt() + m.getOrigin()));
        }
        return new FlightRecord(m.getRank(), m.getRunEpoch(), spans, passages, of(m.getTotals()), of(m.getLevels()));
    }

    private static FlightSpan of(Span span, long origin) {
        FlightSpan.Builder message = FlightSpan.newBuilder()
                .setDoing(doing(span.doing()))
                .setStep(span.step())
                .setStart(span.start() - origin)
                .setEnd(span.end() - origin)
                .setHeld(span.held());
        Action action = span.action();
        if (action != null) {
            message.setAction(action.toString());
        }
        Weights weights = span.weights();
        if (weights != null) {
            message.setWeights(
                    FlightWeights.newBuilder().setVersion(weights.version()).setStaleness(weights.staleness()));
        }
        return message.build();
    }

    private static FlightSpan.Doing doing(Doing doing) {
        return switch (doing) {
            case ACTION -> FlightSpan.Doing.DOING_ACTION;
            case STEP -> FlightSpan.Doing.DOING_STEP;
            case EXCHANGE -> FlightSpan.Doing.DOING_EXCHANGE;
            case EVALUATION -> FlightSpan.Doing.DOING_EVALUATION;
        };
    }

    private static Doing doing(FlightSpan.Doing doing) {
        return switch (doing) {
            case DOING_ACTION -> Doing.ACTION;
            case DOING_STEP -> Doing.STEP;
            case DOING_EXCHANGE -> Doing.EXCHANGE;
            case DOING_EVALUATION -> Doing.EVALUATION;
            case DOING_UNSPECIFIED, UNRECOGNIZED -> throw new IllegalArgumentException("doing: " + doing);
        };
    }

    private static FlightTotals of(Totals totals) {
        FlightTotals.Builder message = FlightTotals.newBuilder()
                .setSteps(totals.steps())
                .setBusyNanos(totals.busyNanos())
                .setWholeNanos(totals.wholeNanos());
        totals.sent()
                .forEach((to, traffic) -> message.addSent(FlightTraffic.newBuilder()
                        .setTo(to)
                        .setMessages(traffic.messages())
                        .setBytes(traffic.bytes())));
        return message.build();
    }

    private static Totals of(FlightTotals m) {
        NavigableMap<Integer, Traffic> sent = new TreeMap<>();
        m.getSentList()
                .forEach(traffic -> sent.put(traffic.getTo(), new Traffic(traffic.getMessages(), traffic.getBytes())));
        return new Totals(m.getSteps(), m.getBusyNanos(), m.getWholeNanos(), sent);
    }

    private static FlightLevels of(Levels levels) {
        return FlightLevels.newBuilder()
                .setHeldBytes(levels.heldBytes())
                .setAllocatedBytes(levels.allocatedBytes())
                .setWaiting(levels.waiting())
                .setVersions(levels.versions())
                .setMostStale(levels.mostStale())
                .setMeanStale(levels.meanStale())
                .build();
    }

    private static Levels of(FlightLevels m) {
        return new Levels(
                m.getHeldBytes(),
                m.getAllocatedBytes(),
                m.getWaiting(),
                m.getVersions(),
                m.getMostStale(),
                m.getMeanStale());
    }
}
