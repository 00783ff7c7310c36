package millrace.acceptance.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.typesafe.config.Config;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import millrace.actors.cluster.RunOrder;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;
import millrace.actors.node.ClusterNode;
import millrace.actors.node.TlsEngines;
import millrace.actors.run.Run;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;

/** Nodes with certificates train; nobody else gets in, and nobody who tries disturbs them. */
@Isolated("measures how much of the whole heap is used")
class TlsTest {
    private static final long MEBIBYTE = 1 << 20;

    @TempDir
    static Path temp;

    private static Certificates certificates;

    @BeforeAll
    static void makeCertificates() throws IOException, InterruptedException {
        certificates = Certificates.make(temp.resolve("certificates"));
    }

    @Test
    void intrudersAreRefusedAndTheRunGoesOn() throws Exception {
        DigitsRun digits = new DigitsRun();
        String sequential = digits.sequential();
        Config tls = certificates.conf("node");
        ListAppender<ILoggingEvent> log = listen();
        try (Members members = new Members()) {
            ClusterNode one = members.admitted(tls);
            members.admitted(tls, one.address());
            ClusterNode stranger = members.start(certificates.conf("stranger"), one.address());
            ClusterNode client = members.client(tls, one.address());

            CountDownLatch underWay = new CountDownLatch(1);
            Run run = client.train(digits.order(temp, Duration.ofSeconds(5)), event -> {
                if (event instanceof TrainingEvent.EpochEnd) {
                    underWay.countDown();
                }
            });
            CompletableFuture<RunResult> outcome = CompletableFuture.supplyAsync(run::await);
            assertThat(underWay.await(120, TimeUnit.SECONDS))
                    .as("an epoch is done")
                    .isTrue();

            MemoryPoolMXBean large = tenured();
            long before = large.getUsage().getUsed();
            large.resetPeakUsage();
            Intruder intruder = new Intruder(certificates, port(one));
            intruder.withoutCertificate();
            intruder.withCertificateOfAnotherCa();
            intruder.withRandomBytes();
            intruder.withGibibyteFrame();
            assertThat(outcome).as("the run still goes on").isNotDone();
            assertThat(large.getPeakUsage().getUsed() - before)
                    .as("growth of " + large.getName())
                    .isLessThan(200 * MEBIBYTE);

            assertThat(outcome.get(300, TimeUnit.SECONDS).weightsSha256()).isEqualTo(sequential);
            assertThat(stranger.isUp()).as("a node of another CA is admitted").isFalse();
            assertThat(one.members()).hasSize(3);
        } finally {
            ((Logger) LoggerFactory.getLogger(TlsEngines.class)).detachAppender(log);
        }
        List<String> refusals =
                log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
        assertThat(refusals)
                .anyMatch(line -> line.contains("Empty client certificate chain"))
                .anyMatch(line -> line.contains("unable to find valid certification path"))
                // random bytes, and the frame
                .filteredOn(line -> line.contains("plaintext connection?"))
                .hasSizeGreaterThanOrEqualTo(2);
    }

    @Test
    void certificatesSayWhoMayDoWhat() throws Exception {
        try (Members members = new Members()) {
            ClusterNode one = members.admitted(certificates.conf("node"));
            for (String role : new String[] {"submitter", "viewer"}) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> members.start(certificates.conf(role), one.address()))
                        .withMessageContaining("OU=" + role)
                        .withMessageContaining(" (expected: worker, to hold stages); take another certificate");
            }
            ClusterNode viewer = members.client(certificates.conf("viewer"), one.address());
            assertThat(viewer.status().phase()).isEqualTo("idle");
            RunOrder order = new DigitsRun().order(temp.resolve("certificates"), Duration.ofSeconds(5));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> viewer.train(order, event -> {}))
                    .withMessageContaining("OU=viewer: viewer (expected: submitter, to train, or end a run)");
        }
    }

    @Test
    void whatIsMissingIsNamed() {
        Config tls = certificates.conf("node");
        try (Members members = new Members()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> members.start(tls.withoutPath("MILLRACE_TLS_TRUSTSTORE")))
                    .withMessageContaining("MILLRACE_TLS_TRUSTSTORE: not set (expected: ");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> members.start(certificates.conf("nobody")))
                    .withMessageContaining("nobody.p12: no such file (expected: ");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> members.start(certificates.conf("truststore")))
                    .withMessageContaining("truststore.p12 (expected: a store with the node's key)");
        }
    }

    @Test
    void theScriptOverwritesNothing() throws IOException, InterruptedException {
        byte[] key = Files.readAllBytes(certificates.store("node"));
        assertThat(Certificates.script(certificates.folder()).waitFor()).isEqualTo(2);
        assertThat(certificates.store("node")).hasBinaryContent(key);
    }

    private static ListAppender<ILoggingEvent> listen() {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        ((Logger) LoggerFactory.getLogger(TlsEngines.class)).addAppender(log);
        await().until(log::isStarted);
        return log;
    }

    private static int port(ClusterNode node) {
        return Integer.parseInt(node.address().substring(node.address().indexOf(':') + 1));
    }

    /** Where arrays of many megabytes go at once, and the garbage of messages does not. */
    private static MemoryPoolMXBean tenured() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP
                        && (pool.getName().contains("Old") || pool.getName().contains("Tenured")))
                .findFirst()
                .orElseThrow();
    }
}
