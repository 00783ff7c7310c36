package millrace.actors.node;

import akka.cluster.ConfigValidation;
import akka.cluster.Invalid;
import akka.cluster.JoinConfigCompatChecker;
import akka.cluster.Valid$;
import com.typesafe.config.Config;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Lets only nodes of the same wire version join, and with the same kind of kernels, since others give other bits: said by
 * name, where Akka would let messages fail one by one.
 */
public final class WireVersionCheck extends JoinConfigCompatChecker {
    private static final Map<String, String> REMEDIES = Map.of(
            "millrace.wire-version", "use the same release of Millrace on all nodes",
            "millrace.kernels", "start java with --add-modules=jdk.incubator.vector on all nodes, or on none");

    @Override
    public Seq<String> requiredKeys() {
        return CollectionConverters.asScala(List.copyOf(REMEDIES.keySet())).toList();
    }

    @Override
    public ConfigValidation check(Config theirs, Config ours) {
        List<String> differences = new ArrayList<>();
        REMEDIES.forEach((key, remedy) -> {
            String found = value(theirs, key);
            String expected = value(ours, key);
            if (!found.equals(expected)) {
                differences.add(key + ": " + found + " (expected: " + expected + ", that of the cluster); " + remedy);
            }
        });
        return differences.isEmpty()
                ? Valid$.MODULE$
                : new Invalid(CollectionConverters.asScala(differences).toList());
    }

    private static String value(Config config, String key) {
        return config.hasPath(key) ? config.getString(key) : "none";
    }
}
