package millrace.acceptance.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import millrace.actors.cluster.RunOrder;
import millrace.actors.node.ClusterNode;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may do what with which certificate, and what is said where one is missing. */
class CertificatesTest {
    private static Certificates certificates;

    @TempDir
    private Path temp;

    @BeforeAll
    static void makeCertificates() throws IOException, InterruptedException {
        certificates = Certificates.shared();
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
            assertThat(viewer.jobs().status().runs()).isEmpty();
            RunOrder order = new DigitsRun().order(temp, Duration.ofSeconds(5));
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
}
