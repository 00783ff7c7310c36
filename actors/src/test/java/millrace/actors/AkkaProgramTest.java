package millrace.actors;

import static millrace.nn.layer.Layers.dense;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.SpawnProtocol;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import com.typesafe.config.Config;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import millrace.actors.node.LocalCluster;
import millrace.nn.data.Datasets;
import millrace.nn.model.Model;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program with an actor system of its own, a node of its own cluster, that uses Millrace as a library. */
@Tag("cluster")
class AkkaProgramTest {
    @TempDir
    private static Path folder;

    private static ClassLoader before;
    private static URLClassLoader program;
    private static ActorSystem<SpawnProtocol.Command> own;

    @BeforeAll
    static void startTheProgram() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Files.writeString(folder.resolve("application.conf"), """
                akka {
                  actor.provider = cluster
                  remote.artery.canonical { hostname = "127.0.0.1", port = %1$d }
                  cluster.seed-nodes = ["akka://shop@127.0.0.1:%1$d"]
                  cluster.jmx.multi-mbeans-in-same-jvm = on
                  extensions = ["akka.cluster.Cluster"]
                }
                """.formatted(port));
        before = Thread.currentThread().getContextClassLoader();
        program = new URLClassLoader(new URL[] {folder.toUri().toURL()}, before);
        Thread.currentThread().setContextClassLoader(program);
        own = ActorSystem.create(SpawnProtocol.create(), "shop");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> Cluster.get(own).selfMember().status().equals(MemberStatus.up()));
    }

    @AfterAll
    static void endTheProgram() throws Exception {
        own.terminate();
        own.getWhenTerminated().toCompletableFuture().get(30, TimeUnit.SECONDS);
        Thread.currentThread().setContextClassLoader(before);
        program.close();
    }

    private static Training training() {
        return Training.of(Model.of(Shape.of(4), dense(6), dense(3)))
                .stages(2)
                .batch(16)
                .microBatches(2)
                .epochs(1);
    }

    private void assertThatItIsAlone() {
        assertThat(StreamSupport.stream(Cluster.get(own).state().getMembers().spliterator(), false)
                        .map(Member::address))
                .containsExactly(own.address());
        assertThat(own.getWhenTerminated()).isNotCompleted();
    }

    /** Log level, leaving the cluster at SIGTERM, serializers: all of it is the program's business. */
    @Test
    void itsSettingsAreNotMillraces() {
        Config config = own.settings().config();

        assertThat(config.getString("akka.loglevel")).isEqualTo("INFO");
        assertThat(config.getBoolean("akka.coordinated-shutdown.run-by-jvm-shutdown-hook"))
                .isTrue();
        assertThat(config.getBoolean("akka.jvm-exit-on-fatal-error")).isTrue();
        assertThat(config.hasPath("akka.actor.serializers.millrace")).isFalse();
    }

    @Test
    void aRunIsNoNodeOfItsCluster() {
        Trained trained = training().fit(Datasets.load("iris").train());

        assertThat(trained.result().steps()).isPositive();
        assertThatItIsAlone();
    }

    @Test
    void aClusterOfMillracesIsAnother() {
        var iris = Datasets.load("iris");
        Training training = training().checkpoints(folder.resolve("run"));

        try (LocalCluster cluster = LocalCluster.start(1, training.onNodes(iris.train()))) {
            Trained trained = training.fit(iris.train(), cluster.client(), 1);

            assertThat(trained.result().steps()).isPositive();
        }
        assertThatItIsAlone();
    }
}
