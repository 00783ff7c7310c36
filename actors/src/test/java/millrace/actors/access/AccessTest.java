package millrace.actors.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holders of certificates may do; make_certificates.sh says who is who. */
class AccessTest {
    private static Access of(String keyStore) {
        return Access.of(TestCertificates.settings(keyStore));
    }

    @ParameterizedTest
    @CsvSource({
        "node, WORKER SUBMITTER VIEWER",
        "submitter, SUBMITTER VIEWER",
        "viewer, VIEWER",
        "nobody, ''",
    })
    void aCertificateGivesTheRolesThatItNames(String who, String roles) {
        Access node = of("node");
        Access asker = of(who);
        for (Role role : Role.values()) {
            Optional<Credential> signed = asker.sign("train this");
            if (roles.contains(role.name())) {
                node.require(role, "train this", signed);
                asker.requireOwn(role);
            } else {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> node.require(role, "train this", signed))
                        .withMessageContaining(
                                " (expected: " + role.word() + ", to " + role.deed() + "); take another");
                assertThatIllegalArgumentException().isThrownBy(() -> asker.requireOwn(role));
            }
        }
    }

    @Test
    void whatIsRefusedIsToldInOneLine() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> of("viewer").requireOwn(Role.SUBMITTER))
                .withMessage("certificate CN=bob,OU=viewer: viewer (expected: submitter, to train, or end a run); take"
                        + " another certificate, or change millrace.access on the nodes");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> of("node").require(Role.SUBMITTER, "x", Optional.empty()))
                .withMessageStartingWith("request without a signature (expected: that of a submitter, to train");
    }

    @Test
    void aSignatureIsOfOneRequestByOneOfTheClustersCertificates() {
        Access node = of("node");
        Credential signed = of("submitter").sign("train this").orElseThrow();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> node.require(Role.SUBMITTER, "train that", Optional.of(signed)))
                .withMessageStartingWith("signature: not of this request (expected: ");
        // the same names, by another CA of the same name
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> node.require(Role.SUBMITTER, "x", of("stranger").sign("x")))
                .withMessageStartingWith("signature: ");
        // a submitter's certificate does not help without its key
        Credential borrowed = new Credential(
                signed.certificates(), of("viewer").sign("x").orElseThrow().signature());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> node.require(Role.SUBMITTER, "x", Optional.of(borrowed)))
                .withMessageStartingWith("signature: ");
        for (Credential damaged : List.of(
                new Credential(List.of(), "MEUC"),
                new Credential(List.of("?"), "MEUC"),
                new Credential(List.of("MIIB"), "MEUC"),
                new Credential(signed.certificates(), "MEUC"),
                new Credential(signed.certificates(), "?"))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> node.require(Role.SUBMITTER, "x", Optional.of(damaged)))
                    .withMessageStartingWith("signature: ");
        }
    }

    @Test
    void rolesMayBeGivenByOtherNames() {
        Config config = ConfigFactory.parseString("millrace.access { worker = [\"SAN=*.example.org\"], submitter ="
                        + " [\"CN=carol\", \"CN=dave\"], viewer = [] }")
                .withFallback(TestCertificates.settings("nobody"));
        Access nobody = Access.of(config);
        nobody.requireOwn(Role.SUBMITTER);
        nobody.require(Role.WORKER, "x", of("node").sign("x"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> nobody.require(Role.VIEWER, "x", of("viewer").sign("x")))
                .withMessageStartingWith("certificate CN=bob,OU=viewer: no role (expected: viewer, ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"worker", "O=worker", "OU=", "=worker"})
    void aNameOfAnotherKindIsRefused(String pattern) {
        Config config = ConfigFactory.parseMap(Map.of("millrace.access.worker", List.of(pattern)))
                .withFallback(TestCertificates.settings("node"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Access.of(config))
                .withMessage("millrace.access.worker: " + pattern
                        + " (expected: OU=NAME, CN=NAME or SAN=NAME, * stands for any text)");
    }

    @Test
    void withoutCertificatesNobodyKnowsWhoAsks() {
        Access open = Access.of(ConfigFactory.load());
        assertThat(open.sign("x")).isEmpty();
        assertThatCode(() -> open.require(Role.WORKER, "x", Optional.empty())).doesNotThrowAnyException();
    }
}
