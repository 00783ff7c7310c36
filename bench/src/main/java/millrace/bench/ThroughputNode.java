package millrace.bench;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorRefResolver;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.Props;
import akka.actor.typed.SpawnProtocol;
import akka.actor.typed.javadsl.AskPattern;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import millrace.actors.link.LinkSpec;
import millrace.actors.rank.actor.RankProtocol;
import millrace.actors.transport.Inlet;
import millrace.actors.transport.Outlet;
import millrace.actors.transport.Route;
import millrace.actors.transport.TransportProtocol.ToInlet;
import millrace.actors.transport.TransportSettings;
import millrace.app.cluster.CompilerDirectives;

/** One of the two nodes of {@link TensorThroughput}: an actor system, a rank with its inlet, an outlet to the other. */
final class ThroughputNode {
    private static final Config CONFIG = ConfigFactory.systemProperties()
            .withFallback(ConfigFactory.parseString("""
                akka.actor.provider = remote
                akka.remote.warn-about-direct-use = off
                akka.remote.artery {
                  transport = tcp
                  canonical { hostname = "127.0.0.1", port = 0 }
                  large-message-destinations = ["/user/inlet-*"]
                }
                """))
            .withFallback(ConfigFactory.parseResources("millrace-cluster.conf"))
            .withFallback(ConfigFactory.parseResources("millrace-system.conf"))
            .withFallback(ConfigFactory.load());

    private final int rank;
    private final ActorSystem<SpawnProtocol.Command> system;

    ThroughputNode(int rank) {
        // compiled as on a node of a cluster
        CompilerDirectives.give();
        this.rank = rank;
        this.system = ActorSystem.create(SpawnProtocol.create(), "rank-" + rank, CONFIG);
    }

    /** Starts the rank on a thread of its own, and its inlet; returns what the other node needs to reach it. */
    String receive(Behavior<RankProtocol.Command> behavior) {
        DispatcherSelector pinned = DispatcherSelector.fromConfig("millrace.rank-dispatcher");
        ActorRef<RankProtocol.Command> stage = spawn(behavior, "rank", pinned);
        return ActorRefResolver.get(system)
                .toSerializationFormat(spawn(Inlet.create(1, rank, stage), "inlet-" + rank, Outlet.DISPATCHER));
    }

    /** The other rank, as actors here see it. */
    ActorRef<RankProtocol.Command> outlet(String inletOfOther) {
        ActorRef<ToInlet> inlet = ActorRefResolver.get(system).resolveActorRef(inletOfOther);
        TransportSettings settings = TransportSettings.of(system.settings().config());
        return spawn(
                Outlet.create(new Route(1, "from-" + rank, 1 - rank), inlet, LinkSpec.DIRECT, settings, () -> {}),
                "outlet",
                Outlet.DISPATCHER);
    }

    private <T> ActorRef<T> spawn(Behavior<T> behavior, String name, Props props) {
        return AskPattern.<SpawnProtocol.Command, ActorRef<T>>ask(
                        system,
                        replyTo -> new SpawnProtocol.Spawn<>(behavior, name, props, replyTo),
                        Duration.ofSeconds(30),
                        system.scheduler())
                .toCompletableFuture()
                .join();
    }

    void stop() {
        system.terminate();
        system.getWhenTerminated().toCompletableFuture().join();
    }
}
