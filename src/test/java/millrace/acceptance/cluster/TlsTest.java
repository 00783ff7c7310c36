package millrace.acceptance.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.typesafe.config.Config;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;
import millrace.actors.node.ClusterNode;
import millrace.actors.node.TlsEngines;
import millrace.actors.run.Run;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;

/** Nodes with certificates train for as long as intruders try; nobody else gets in, and nobody who tries disturbs them. */
@Isolated("measures how much of the whole heap is used")
class TlsTest {
    private static final long MEBIBYTE = 1 << 20;

    @TempDir
    private Path temp;

    @Test
    void intrudersAreRefusedAndTheRunGoesOn() throws Exception {
        Certificates certificates = Certificates.shared();
        DigitsRun digits = DigitsRun.endless();
        Config tls = certificates.conf("node");
        ListAppender<ILoggingEvent> log = listen();
        try (Members members = new Members()) {
            ClusterNode one = members.admitted(tls);
            members.admitted(tls, one.address());
            ClusterNode stranger = members.start(certificates.conf("stranger"), one.address());
            ClusterNode client = members.client(tls, one.address());

            AtomicLong step = new AtomicLong();
            Run run = client.train(digits.order(temp, Duration.ofSeconds(5)), event -> {
                if (event instanceof TrainingEvent.Step made) {
                    step.set(made.step());
                }
            });
            CompletableFuture<RunResult> outcome = CompletableFuture.supplyAsync(run::await);
            awaitMoreSteps(step);

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

            awaitMoreSteps(step);
            run.interrupt();
            RunResult interrupted = outcome.get(300, TimeUnit.SECONDS);
            assertThat(interrupted.weightsSha256()).isEqualTo(DigitsRun.sequential(interrupted.steps()));
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

    private static void awaitMoreSteps(AtomicLong step) {
        long before = step.get();
        await().atMost(Duration.ofMinutes(2)).until(() -> step.get() > before + 10);
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
