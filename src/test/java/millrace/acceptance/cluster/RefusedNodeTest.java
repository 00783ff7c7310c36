package millrace.acceptance.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.TimeUnit;
import millrace.actors.node.ClusterNode;
import millrace.app.Main;
import millrace.app.command.ExitStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import picocli.CommandLine;

/** Nodes that could not work together do not come together, and say why. */
@Isolated("several nodes that watch each other by heartbeats")
class RefusedNodeTest {
    @Test
    void aNodeOfAnotherWireVersionEndsWithALineThatNamesBoth() {
        try (Members members = new Members()) {
            ClusterNode one = members.admitted(ConfigFactory.empty());
            StringWriter err = new StringWriter();
            CommandLine commandLine = Main.commandLine();
            commandLine.setErr(new PrintWriter(err));
            System.setProperty("millrace.wire-version", "99");
            ConfigFactory.invalidateCaches();
            int status;
            try {
                status = commandLine.execute("node", "--port", "0", "--join", one.address());
            } finally {
                System.clearProperty("millrace.wire-version");
                ConfigFactory.invalidateCaches();
            }
            assertThat(status).isEqualTo(ExitStatus.BAD_INPUT);
            assertThat(err.toString().lines())
                    .singleElement()
                    .asString()
                    .startsWith("error: join: " + one.address()
                            + " refuses this node: millrace.wire-version: 99 (expected: 7,");
            assertThat(one.members()).hasSize(1);
        }
    }

    @Test
    void aNodeWithAnotherSplitBrainStrategyIsToldWhichOneTheClusterHas() throws Exception {
        Config other = ConfigFactory.parseString("akka.cluster.split-brain-resolver.active-strategy = keep-oldest");
        try (Members members = new Members()) {
            ClusterNode one = members.admitted(ConfigFactory.empty());
            ClusterNode two = members.start(other, one.address());
            two.ended().toCompletableFuture().get(60, TimeUnit.SECONDS);
            assertThat(two.refusal())
                    .hasValueSatisfying(why -> assertThat(why)
                            .isEqualTo("akka.cluster.split-brain-resolver.active-strategy: keep-oldest (expected:"
                                    + " keep-majority, that of the cluster at " + one.address() + ")"));
        }
    }
}
