package millrace.actors.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import millrace.nn.backend.Backend;

/** The settings of a node's actor system, checked where Akka would only log that nobody can connect. */
final class NodeConfig {
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([^}]+)}");

    private NodeConfig() {}

    /**
     * Settings of the node, over those of the deployment, over Millrace's for a cluster.
     *
     * @throws IllegalArgumentException when a variable that the deployment file asks for is not set, TLS has no keys, or
     *     this machine cannot listen there
     */
    static Config of(NodeSettings node, Config deployment) {
        Config all = ConfigFactory.parseMap(Map.of(
                        "akka.remote.artery.canonical.hostname", node.host(),
                        "akka.remote.artery.canonical.port", node.port(),
                        "akka.cluster.roles", List.copyOf(node.memberRoles()),
                        "akka.cluster.seed-nodes", List.of(),
                        "millrace.kernels", Backend.kind()))
                .withFallback(deployment)
                .withFallback(ConfigFactory.parseResources(NodeConfig.class.getClassLoader(), "millrace-node.conf"))
                .withFallback(ConfigFactory.defaultReferenceUnresolved());
        Config config;
        try {
            config = all.resolve();
        } catch (ConfigException.UnresolvedSubstitution e) {
            Matcher variable = VARIABLE.matcher(String.valueOf(e.getMessage()));
            String name = variable.find() ? variable.group(1) : "a variable";
            throw new IllegalArgumentException(
                    name
                            + ": not set (expected: the environment variable that the deployment file asks for); the"
                            + " file's comments say what it holds: "
                            + e.origin().description(),
                    e);
        }
        boolean tls = config.getString("akka.remote.artery.transport").equals("tls-tcp");
        requireFree(config, tls || config.getBoolean("millrace.node.trusted-network"));
        if (tls) {
            Config engine = config.getConfig("akka.remote.artery.ssl.config-ssl-engine");
            requireStore(engine, "key-store", true);
            requireStore(engine, "trust-store", false);
        }
        return config;
    }

    /** Where it listens is where it is reached, unless the deployment says otherwise. */
    private static void requireFree(Config config, boolean anywhere) {
        Config artery = config.getConfig("akka.remote.artery");
        String host = artery.getString("bind.hostname");
        String port = artery.getString("bind.port");
        String option = host.isEmpty() ? "host" : "bind";
        String where = host.isEmpty() ? artery.getString("canonical.hostname") : host;
        NodeAddress.requireFree(
                option, where, port.isEmpty() ? artery.getInt("canonical.port") : artery.getInt("bind.port"));
        if (!anywhere) {
            NodeAddress.requireLoopback(option, where);
        }
    }

    private static void requireStore(Config tls, String which, boolean withKey) {
        Path path = Path.of(tls.getString(which));
        try (InputStream in = Files.newInputStream(path)) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(in, tls.getString(which + "-password").toCharArray());
            boolean found = false;
            for (String alias : Collections.list(store.aliases())) {
                found |= withKey ? store.isKeyEntry(alias) : store.isCertificateEntry(alias);
            }
            if (!found) {
                throw new IllegalArgumentException(which + ": " + path + " (expected: a store with "
                        + (withKey ? "the node's key" : "the CA's certificate") + ")");
            }
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    which + ": " + path + ": "
                            + (e instanceof java.nio.file.NoSuchFileException ? "no such file" : e.getMessage())
                            + " (expected: a PKCS#12 or JKS store and its password); see cluster-conf/tls.conf",
                    e);
        }
    }
}
