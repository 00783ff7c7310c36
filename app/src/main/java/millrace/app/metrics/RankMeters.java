package millrace.app.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import millrace.actors.trace.FlightRecord;
import millrace.actors.trace.FlightRecord.Traffic;
import millrace.app.metrics.Metrics.OfRun;

/**
 * The figures of the ranks that work in this process. Ranks come and go; where one comes back after a failure its counters begin at 0 again,
 * which Prometheus knows how to read.
 */
final class RankMeters {
    private final MeterRegistry registry;
    private final Map<Key, Held> known = new HashMap<>();

    private record Key(String run, int rank) {}

    /** What the meters of a rank read. */
    private static final class Held {
        volatile FlightRecord record;
        final List<Meter> meters = new ArrayList<>();
        final Set<Integer> links = new HashSet<>();

        Held(FlightRecord first) {
            record = first;
        }
    }

    RankMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    /** These ranks work now, and no others. */
    synchronized void follow(List<OfRun> working) {
        Set<Key> now = new HashSet<>();
        for (OfRun rank : working) {
            Key key = new Key(rank.run(), rank.record().rank());
            now.add(key);
            Held held = known.computeIfAbsent(key, _ -> begin(key, rank.record()));
            held.record = rank.record();
            rank.record().totals().sent().keySet().stream()
                    .filter(held.links::add)
                    .forEach(to -> link(key, held, to));
        }
        Set<Key> gone = new HashSet<>(known.keySet());
        gone.removeAll(now);
        for (Key key : gone) {
            Held held = known.remove(key);
            if (held != null) {
                held.meters.forEach(registry::remove);
            }
        }
    }

    private Held begin(Key key, FlightRecord first) {
        Held held = new Held(first);
        Tags tags = Tags.of("run", key.run(), "rank", Integer.toString(key.rank()));
        counter(
                held,
                tags,
                "millrace.rank.busy.seconds",
                "Time at work",
                record -> record.totals().busyNanos() / 1e9);
        counter(
                held,
                tags,
                "millrace.rank.wait.seconds",
                "Time with nothing to do, or no core to do it on",
                record -> (record.totals().wholeNanos() - record.totals().busyNanos()) / 1e9);
        counter(
                held,
                tags,
                "millrace.rank.steps",
                "Batches that are done, from the run's beginning",
                record -> record.totals().steps());
        gauge(
                held,
                tags,
                "millrace.rank.queue.messages",
                "Messages that are here and not used yet",
                record -> record.levels().waiting());
        gauge(
                held,
                tags,
                "millrace.rank.held.bytes",
                "Bytes held for backwards",
                record -> record.levels().heldBytes());
        gauge(
                held,
                tags,
                "millrace.rank.allocated.bytes",
                "Bytes of all that lives as long as the rank",
                record -> record.levels().allocatedBytes());
        gauge(
                held,
                tags,
                "millrace.rank.weight.versions",
                "Versions of the weights that are kept",
                record -> record.levels().versions());
        gauge(
                held,
                tags,
                "millrace.rank.staleness.max.steps",
                "The most steps by which a gradient was late",
                record -> record.levels().mostStale());
        gauge(
                held,
                tags,
                "millrace.rank.staleness.mean.steps",
                "The mean of that",
                record -> record.levels().meanStale());
        return held;
    }

    private void link(Key key, Held held, int to) {
        Tags tags = Tags.of("run", key.run(), "from", Integer.toString(key.rank()), "to", Integer.toString(to));
        counter(
                held,
                tags,
                "millrace.link.messages",
                "Messages from rank to rank",
                record -> traffic(record, to).messages());
        counter(
                held,
                tags,
                "millrace.link.bytes",
                "Bytes of tensors from rank to rank",
                record -> traffic(record, to).bytes());
    }

    private static Traffic traffic(FlightRecord record, int to) {
        Traffic traffic = record.totals().sent().get(to);
        return traffic == null ? new Traffic(0, 0) : traffic;
    }

    private void counter(Held held, Tags tags, String name, String description, ToDoubleFunction<FlightRecord> figure) {
        held.meters.add(FunctionCounter.builder(name, held, of -> figure.applyAsDouble(of.record))
                .tags(tags)
                .description(description)
                .register(registry));
    }

    private void gauge(Held held, Tags tags, String name, String description, ToDoubleFunction<FlightRecord> figure) {
        held.meters.add(Gauge.builder(name, held, of -> figure.applyAsDouble(of.record))
                .tags(tags)
                .description(description)
                .register(registry));
    }
}
