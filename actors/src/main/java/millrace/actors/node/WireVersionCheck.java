package millrace.actors.node;

import akka.cluster.ConfigValidation;
import akka.cluster.Invalid;
import akka.cluster.JoinConfigCompatChecker;
import akka.cluster.Valid$;
import com.typesafe.config.Config;
import java.util.List;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** Lets only nodes of the same wire version join: said by name, where Akka would let messages fail one by one. */
public final class WireVersionCheck extends JoinConfigCompatChecker {
    private static final String KEY = "millrace.wire-version";

    @Override
    public Seq<String> requiredKeys() {
        return CollectionConverters.asScala(List.of(KEY)).toList();
    }

    @Override
    public ConfigValidation check(Config theirs, Config ours) {
        String found = theirs.hasPath(KEY) ? theirs.getString(KEY) : "none";
        String expected = ours.getString(KEY);
        return found.equals(expected)
                ? Valid$.MODULE$
                : new Invalid(CollectionConverters.asScala(List.of(KEY + ": " + found + " (expected: " + expected
                                + ", that of the cluster); use the same release of Millrace on all nodes"))
                        .toList());
    }
}
