package millrace.app.metrics;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import millrace.actors.trace.FlightRecord;

/** All figures of a process. Any number of threads may use it. */
public final class Metrics implements AutoCloseable {
    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, new PrometheusRegistry(), Clock.SYSTEM);
    private final JvmGcMetrics collections = new JvmGcMetrics();
    private final RankMeters ranks = new RankMeters(registry);
    private final Map<String, RunMeters> runs = new ConcurrentHashMap<>();
    private volatile LongSupplier resent = () -> 0;
    private volatile Supplier<List<OfRun>> working = List::of;

    /**
     * A rank that works in this process.
     *
     * @param run that it is one of
     */
    public record OfRun(String run, FlightRecord record) {}

    /** With those of the JVM. */
    public Metrics() {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        collections.bindTo(registry);
    }

    /** The figures of a run, which are there from now on; one that goes on later has the same. */
    public RunMeters run(String name) {
        return runs.computeIfAbsent(name, _ -> new RunMeters(registry, name));
    }

    /** Where the ranks that work in this process are found. */
    public void ranks(Supplier<List<OfRun>> who) {
        working = who;
    }

    /** Where it is counted how many frames have been sent once more. */
    public void retransmissions(LongSupplier count) {
        resent = count;
        // of what it counts Micrometer holds a weak reference only
        FunctionCounter.builder("millrace.retransmissions", this, metrics -> metrics.resent.getAsLong())
                .description("Frames that were sent once more over a network")
                .register(registry);
    }

    /** All of them now, in Prometheus' text format 0.0.4. */
    public String scrape() {
        ranks.follow(working.get());
        return registry.scrape();
    }

    @Override
    public void close() {
        collections.close();
        registry.close();
    }
}
