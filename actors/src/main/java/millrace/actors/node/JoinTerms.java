package millrace.actors.node;

import akka.Done;
import akka.actor.AbstractActor;
import akka.actor.ActorSystem;
import akka.actor.Address;
import akka.actor.CoordinatedShutdown;
import akka.actor.Props;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Adapter;
import akka.cluster.Cluster;
import akka.cluster.MemberStatus;
import akka.pattern.Patterns;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import millrace.actors.node.Founding.Standing;

/**
 * What all members of a cluster must agree on. Akka refuses a node that differs, but says why only to the cluster; the node
 * that was refused asks the cluster for its terms and can then name both. In plain text, because a node of another wire
 * version may understand nothing else.
 */
final class JoinTerms {
    private static final List<String> KEYS = List.of(
            "millrace.wire-version",
            "millrace.kernels",
            "akka.cluster.downing-provider-class",
            "akka.cluster.split-brain-resolver.active-strategy");
    private static final String NAME = "join-terms";
    private static final String QUESTION = "terms?";
    /** Where a node is asked, below its address. */
    static final String PATH = "/user/" + NAME;
    /** Asks a node whether it belongs to a cluster: answered by a {@link Founding.Standing}. */
    static final String STANDING = "standing?";

    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final CompletableFuture<String> refusal = new CompletableFuture<>();

    private JoinTerms() {}

    /** Why the cluster has refused this node, if it has. */
    Optional<String> refusal() {
        return Optional.ofNullable(refusal.getNow(null));
    }

    /**
     * Has a node answer whoever asks for its terms, or whether it belongs to a cluster.
     *
     * @param mayFound whether it may begin one
     */
    static void answer(ActorContext<?> guardian, boolean mayFound) {
        Config config = guardian.getSystem().settings().config();
        Adapter.actorOf(guardian, Props.create(Answerer.class, () -> new Answerer(text(config), mayFound)), NAME);
    }

    /** Asks the nodes that this one wanted to join for their terms, should it be refused. */
    static JoinTerms askWhenRefused(ActorSystem system, List<Address> seeds) {
        JoinTerms terms = new JoinTerms();
        CoordinatedShutdown shutdown = CoordinatedShutdown.get(system);
        shutdown.addTask(CoordinatedShutdown.PhaseBeforeServiceUnbind(), "ask-for-terms", () -> {
            boolean refused = shutdown.getShutdownReason()
                    .filter(CoordinatedShutdown.incompatibleConfigurationDetectedReason()::equals)
                    .isPresent();
            return refused ? terms.ask(system, seeds) : CompletableFuture.completedFuture(Done.done());
        });
        return terms;
    }

    private CompletionStage<Done> ask(ActorSystem system, List<Address> seeds) {
        Config ours = system.settings().config();
        CompletableFuture<?>[] answers = seeds.stream()
                .map(seed -> Patterns.ask(system.actorSelection(seed + PATH), QUESTION, PATIENCE)
                        .toCompletableFuture()
                        .thenAccept(theirs ->
                                refusal.complete(compare(ConfigFactory.parseString(theirs.toString()), ours, seed)))
                        .exceptionally(late -> null))
                .toArray(CompletableFuture[]::new);
        return CompletableFuture.allOf(answers).thenApply(done -> {
            refusal.complete(
                    "settings of this node differ from the cluster's, the log of " + hosts(seeds) + " says which");
            return Done.done();
        });
    }

    private static String hosts(List<Address> seeds) {
        return String.join(", ", seeds.stream().map(ClusterNode::hostPort).toList());
    }

    /** {@code key: ours (expected: theirs)} for all that differs. */
    static String compare(Config theirs, Config ours, Address seed) {
        List<String> differences = new ArrayList<>();
        for (String key : KEYS) {
            String found = value(ours, key);
            String expected = value(theirs, key);
            if (!found.equals(expected)) {
                differences.add(key + ": " + found + " (expected: " + expected + ", that of the cluster at "
                        + ClusterNode.hostPort(seed) + ")");
            }
        }
        return String.join(", ", differences);
    }

    private static String value(Config config, String key) {
        return config.hasPath(key) ? config.getString(key) : "none";
    }

    private static String text(Config config) {
        StringBuilder text = new StringBuilder();
        KEYS.forEach(key ->
                text.append(key).append(" = \"").append(value(config, key)).append("\"\n"));
        return text.toString();
    }

    /** Classic, since a typed actor learns nobody's address from a text. */
    private static final class Answerer extends AbstractActor {
        private final String terms;
        private final boolean mayFound;

        private Answerer(String terms, boolean mayFound) {
            this.terms = terms;
            this.mayFound = mayFound;
        }

        @Override
        public Receive createReceive() {
            return receiveBuilder()
                    .matchEquals(QUESTION, question -> getSender().tell(terms, getSelf()))
                    .matchEquals(
                            STANDING, question -> getSender().tell(standing().name(), getSelf()))
                    .build();
        }

        private Standing standing() {
            boolean member =
                    !Cluster.get(getContext().getSystem()).selfMember().status().equals(MemberStatus.removed());
            return member ? Standing.MEMBER : mayFound ? Standing.FOUNDING : Standing.LOOKING;
        }
    }
}
