package millrace.actors.access;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/** Settings of nodes with the key stores that make_certificates.sh has made. */
public final class TestCertificates {
    private TestCertificates() {}

    /** Of a node with this key, and with roles by certificate. */
    public static Config settings(String keyStore) {
        return ConfigFactory.parseMap(Map.of(
                        "akka.remote.artery.transport", "tls-tcp",
                        "millrace.access.by-certificate", true,
                        "akka.remote.artery.ssl.config-ssl-engine.key-store", store(keyStore),
                        "akka.remote.artery.ssl.config-ssl-engine.trust-store", store("truststore"),
                        "akka.remote.artery.ssl.config-ssl-engine.key-store-password", "millrace",
                        "akka.remote.artery.ssl.config-ssl-engine.key-password", "millrace",
                        "akka.remote.artery.ssl.config-ssl-engine.trust-store-password", "millrace"))
                .withFallback(ConfigFactory.load());
    }

    private static String store(String name) {
        try {
            return Path.of(Objects.requireNonNull(TestCertificates.class.getResource(name + ".p12"))
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
