package millrace.actors.wire;

import com.google.protobuf.UnsafeByteOperations;
import java.util.List;
import java.util.Optional;
import millrace.actors.probe.ProbeProtocol;
import millrace.proto.v1.AskLink;
import millrace.proto.v1.AskProbedNode;
import millrace.proto.v1.AskSpeed;
import millrace.proto.v1.LinkSpeed;
import millrace.proto.v1.Ping;
import millrace.proto.v1.Pong;
import millrace.proto.v1.ProbedNode;
import millrace.proto.v1.Speed;

/** What nodes and links are like (probe.proto). */
final class ProbeCodecs {
    private ProbeCodecs() {}

    static List<Codec<?>> all(Refs refs) {
        return List.of(
                new ProtoCodec<>(
                        "NA",
                        ProbeProtocol.AskNode.class,
                        AskProbedNode.parser(),
                        m -> AskProbedNode.newBuilder()
                                .setReplyTo(refs.text(m.replyTo()))
                                .build(),
                        m -> new ProbeProtocol.AskNode(refs.actor(m.getReplyTo()))),
                new ProtoCodec<>(
                        "NN",
                        ProbeProtocol.ProbedNode.class,
                        ProbedNode.parser(),
                        m -> ProbedNode.newBuilder()
                                .setProbe(refs.text(m.probe()))
                                .setAddress(m.address())
                                .setCapacity(m.capacity())
                                .build(),
                        m -> new ProbeProtocol.ProbedNode(refs.actor(m.getProbe()), m.getAddress(), m.getCapacity())),
                new ProtoCodec<>(
                        "NS",
                        ProbeProtocol.AskSpeed.class,
                        AskSpeed.parser(),
                        m -> {
                            AskSpeed.Builder message = AskSpeed.newBuilder()
                                    .setThreads(m.threads())
                                    .setReplyTo(refs.text(m.replyTo()));
                            m.credential().ifPresent(who -> message.setCredential(RunOrderCodec.of(who)));
                            return message.build();
                        },
                        m -> new ProbeProtocol.AskSpeed(
                                m.getThreads(),
                                m.hasCredential() ? Optional.of(RunOrderCodec.of(m.getCredential())) : Optional.empty(),
                                refs.actor(m.getReplyTo()))),
                new ProtoCodec<>(
                        "NF",
                        ProbeProtocol.Speed.class,
                        Speed.parser(),
                        m -> Speed.newBuilder()
                                .setGigaflops(m.gigaflops())
                                .setProblem(m.problem())
                                .build(),
                        m -> new ProbeProtocol.Speed(m.getGigaflops(), m.getProblem())),
                new ProtoCodec<>(
                        "NL",
                        ProbeProtocol.AskLink.class,
                        AskLink.parser(),
                        m -> {
                            AskLink.Builder message = AskLink.newBuilder()
                                    .setPeer(refs.text(m.peer()))
                                    .setReplyTo(refs.text(m.replyTo()));
                            m.credential().ifPresent(who -> message.setCredential(RunOrderCodec.of(who)));
                            return message.build();
                        },
                        m -> new ProbeProtocol.AskLink(
                                refs.actor(m.getPeer()),
                                m.hasCredential() ? Optional.of(RunOrderCodec.of(m.getCredential())) : Optional.empty(),
                                refs.actor(m.getReplyTo()))),
                new ProtoCodec<>(
                        "NT",
                        ProbeProtocol.LinkSpeed.class,
                        LinkSpeed.parser(),
                        m -> LinkSpeed.newBuilder()
                                .setLatency(m.latency())
                                .setBandwidth(m.bandwidth())
                                .setProblem(m.problem())
                                .build(),
                        m -> new ProbeProtocol.LinkSpeed(m.getLatency(), m.getBandwidth(), m.getProblem())),
                new ProtoCodec<>(
                        "NP",
                        ProbeProtocol.Ping.class,
                        Ping.parser(),
                        m -> Ping.newBuilder()
                                .setNumber(m.number())
                                // nobody changes it
                                .setLoad(UnsafeByteOperations.unsafeWrap(m.load()))
                                .setReplyTo(refs.text(m.replyTo()))
                                .build(),
                        m -> new ProbeProtocol.Ping(
                                m.getNumber(), m.getLoad().asReadOnlyByteBuffer(), refs.actor(m.getReplyTo()))),
                new ProtoCodec<>(
                        "NO",
                        ProbeProtocol.Pong.class,
                        Pong.parser(),
                        m -> Pong.newBuilder().setNumber(m.number()).build(),
                        m -> new ProbeProtocol.Pong(m.getNumber())));
    }
}
