package millrace.schedule.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import millrace.schedule.Action.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The orders of all stages in virtual time: how busy the slowest stage is once the line is full. */
class StreamUtilisationTest {
    private static final int MICRO_BATCHES = 600;

    /** What is to happen at a moment of virtual time. */
    private record Event(double at, Runnable happening) {}

    private final PriorityQueue<Event> events = new PriorityQueue<>(Comparator.comparingDouble(Event::at));
    private Random random = new Random(4);

    /** One stage: its order, and when it has been busy. */
    private static final class Worker {
        private final StreamOrder order;
        private double freeAt;
        private double busyInSteadyState;
        private double begin = Double.NaN;
        private double end;

        Worker(StreamOrder order) {
            this.order = order;
        }
    }

    /**
     * @param slowdown of the last stage
     * @param jitter share by which an action's time varies
     * @return for each stage its busy share between its 50th and its 550th micro-batch
     */
    private double[] utilisation(StreamSpec spec, double slowdown, double jitter, double latency) {
        List<Worker> line = new ArrayList<>();
        for (int stage = 0; stage < spec.stages(); stage++) {
            StreamOrder order = new StreamOrder(spec, stage, 0, MICRO_BATCHES);
            order.grant(MICRO_BATCHES);
            line.add(new Worker(order));
        }
        for (int stage = 0; stage < spec.stages(); stage++) {
            work(line, stage, 0, slowdown, jitter, latency);
        }
        while (!events.isEmpty()) {
            events.remove().happening().run();
        }
        return line.stream()
                .mapToDouble(worker -> worker.busyInSteadyState / (worker.end - worker.begin))
                .toArray();
    }

    private void work(List<Worker> line, int stage, double now, double slowdown, double jitter, double latency) {
        Worker worker = line.get(stage);
        if (now < worker.freeAt) {
            return;
        }
        Optional<StreamOrder.Next> next = worker.order.next();
        if (next.isEmpty()) {
            return;
        }
        boolean last = stage == line.size() - 1;
        double time = (last ? slowdown : 1) * (1 + jitter * (2 * random.nextDouble() - 1));
        worker.freeAt = now + time;
        long microBatch = next.get().microBatch();
        if (microBatch >= 50 && microBatch < 550) {
            worker.begin = Double.isNaN(worker.begin) ? now : worker.begin;
            worker.busyInSteadyState += time;
            worker.end = worker.freeAt;
        }
        double done = worker.freeAt;
        boolean forward = next.get().kind() == Kind.F;
        events.add(new Event(done, () -> work(line, stage, done, slowdown, jitter, latency)));
        int receiver = forward ? stage + 1 : stage - 1;
        if (receiver >= 0 && receiver < line.size()) {
            double arrival = done + latency;
            events.add(new Event(arrival, () -> {
                if (forward) {
                    line.get(receiver).order.activationArrived(microBatch);
                } else {
                    line.get(receiver).order.deltaArrived(microBatch);
                }
                work(line, receiver, arrival, slowdown, jitter, latency);
            }));
        }
    }

    @ParameterizedTest
    @CsvSource({"2", "4", "8"})
    void equalStagesAreNeverIdleOnceTheLineIsFull(int stages) {
        for (double busy : utilisation(new StreamSpec(stages, 1, 0, WeightPolicy.STASH), 1, 0, 0)) {
            assertThat(busy).isGreaterThan(0.95);
        }
    }

    @ParameterizedTest
    @CsvSource({"2", "4", "8"})
    void theSlowestStageIsBusyWhateverTheOthersDo(int stages) {
        double[] busy = utilisation(new StreamSpec(stages, 1, 0, WeightPolicy.STASH), 1.5, 0.3, 0);
        assertThat(busy[stages - 1]).isGreaterThan(0.95);
    }

    @ParameterizedTest
    @CsvSource({"0, 2", "0.3, 4", "1, 4", "2, 8"})
    void anAllowanceMakesUpForTheLatencyOfLinks(double latency, int stages) {
        // Little's law: 2 latency / (time of a forward and a backward) more in flight, whole ones for each hop
        int allowance = (int) Math.ceil(2 * latency / 2);
        double[] slow = utilisation(new StreamSpec(stages, 1, 0, WeightPolicy.STASH), 1, 0, latency);
        double[] allowed = utilisation(new StreamSpec(stages, 1, allowance, WeightPolicy.STASH), 1, 0, latency);
        assertThat(allowed[stages - 1]).isGreaterThan(0.95);
        assertThat(allowed[stages - 1]).isGreaterThanOrEqualTo(slow[stages - 1]);
    }

    /** Strictness costs nothing: a greedy stage that is ahead only fills its credits sooner. */
    @Test
    void withJitterTheStrictOrderIsNotSlowerThanTheGreedyOne() {
        StreamSpec strict = new StreamSpec(6, 1, 0, WeightPolicy.STASH);
        StreamSpec greedy = new StreamSpec(6, 1, 0, WeightPolicy.STASH, Discipline.GREEDY, 0);
        double[] busy = new double[2];
        for (long seed = 1; seed <= 20; seed++) {
            random = new Random(seed);
            busy[0] += utilisation(strict, 1, 0.9, 0)[5] / 20;
            random = new Random(seed);
            busy[1] += utilisation(greedy, 1, 0.9, 0)[5] / 20;
        }
        assertThat(busy[0]).as("strict, greedy %s", busy[1]).isGreaterThan(busy[1]);
    }
}
