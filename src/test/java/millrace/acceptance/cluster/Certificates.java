package millrace.acceptance.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Keys and certificates made by the script that people use. */
record Certificates(Path folder) {
    static final String PASSWORD = "millrace";
    private static final Path ROOT = Path.of(System.getProperty("millrace.root"));
    private static Optional<Certificates> shared = Optional.empty();

    /** Made once, for whoever wants some: that takes seconds. */
    static synchronized Certificates shared() throws IOException, InterruptedException {
        if (shared.isEmpty()) {
            Path target = Files.createDirectories(Path.of("target").toAbsolutePath());
            shared = Optional.of(make(Files.createTempDirectory(target, "certificates")));
        }
        return shared.orElseThrow();
    }

    private static Certificates make(Path folder) throws IOException, InterruptedException {
        Process script = script(folder);
        String said = new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(script.waitFor()).as(said).isZero();
        return new Certificates(folder);
    }

    static Process script(Path folder) throws IOException {
        ProcessBuilder script = new ProcessBuilder(
                ROOT.resolve("cluster-conf/tls/make-test-certificates.sh").toString(), folder.toString());
        script.environment().put("JAVA_HOME", System.getProperty("java.home"));
        return script.redirectErrorStream(true).start();
    }

    /** tls.conf, with the variables that it asks for. */
    Config conf(String keyStore) {
        return ConfigFactory.parseMap(Map.of(
                        "MILLRACE_TLS_KEYSTORE",
                        store(keyStore).toString(),
                        "MILLRACE_TLS_KEYSTORE_PASSWORD",
                        PASSWORD,
                        "MILLRACE_TLS_TRUSTSTORE",
                        store("truststore").toString(),
                        "MILLRACE_TLS_TRUSTSTORE_PASSWORD",
                        PASSWORD))
                .withFallback(ConfigFactory.parseFile(
                        ROOT.resolve("cluster-conf/tls.conf").toFile()));
    }

    Path store(String name) {
        return folder.resolve(name + ".p12");
    }
}
