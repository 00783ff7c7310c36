package millrace.actors.node;

import akka.event.EventStream;
import akka.remote.PhiAccrualFailureDetector;
import com.typesafe.config.Config;
import java.util.Set;

/**
 * Akka's failure detector, which goes by heartbeats, but for processes that are known to have ended: those need not be silent for
 * some seconds first. Named in millrace-node.conf; Akka makes one for each node that is watched.
 */
public final class ProcessFailureDetector extends PhiAccrualFailureDetector {
    private final Set<String> ended;

    /** As Akka makes it. */
    public ProcessFailureDetector(Config config, EventStream system) {
        super(config, system);
        this.ended = EndedProcesses.of(system);
    }

    @Override
    public boolean isAvailable() {
        return !ended.contains(address()) && super.isAvailable();
    }
}
