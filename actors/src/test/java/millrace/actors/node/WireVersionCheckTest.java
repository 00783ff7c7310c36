package millrace.actors.node;

import static org.assertj.core.api.Assertions.assertThat;

import akka.cluster.Invalid;
import akka.cluster.Valid$;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import scala.jdk.javaapi.CollectionConverters;

class WireVersionCheckTest {
    private static final Config OURS = NodeConfig.of(
            new NodeSettings("127.0.0.1", 0, List.of(), Set.of(NodeSettings.WORKER), 1), ConfigFactory.empty());

    private final WireVersionCheck check = new WireVersionCheck();

    @Test
    void admitsANodeLikeItself() {
        assertThat(check.check(OURS, OURS)).isEqualTo(Valid$.MODULE$);
    }

    @Test
    void namesTheKernelsOfANodeWhoseBitsWouldBeOthers() {
        assertThat(refusals("millrace.kernels = without"))
                .containsExactly("millrace.kernels: without (expected: with jdk.incubator.vector, that of the"
                        + " cluster); start java with --add-modules=jdk.incubator.vector on all nodes, or on none");
    }

    @Test
    void namesAnotherWireVersion() {
        assertThat(refusals("millrace.wire-version = 99"))
                .singleElement()
                .asString()
                .startsWith("millrace.wire-version: 99 (expected: ")
                .endsWith("use the same release of Millrace on all nodes");
    }

    /** An actor system of a node is a part of somebody's program; the command node says otherwise for its own. */
    @Test
    void anErrorOfTheJvmDoesNotEndIt() {
        assertThat(OURS.getBoolean("akka.jvm-exit-on-fatal-error")).isFalse();
    }

    private List<String> refusals(String differs) {
        Config theirs = ConfigFactory.parseString(differs).withFallback(OURS);
        return check.check(theirs, OURS) instanceof Invalid invalid
                ? CollectionConverters.asJava(invalid.errorMessages())
                : List.of();
    }
}
