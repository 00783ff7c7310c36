package millrace.app.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import millrace.actors.event.TrainingEvent.EvaluationDone;
import millrace.actors.event.TrainingEvent.Placed;
import millrace.actors.event.TrainingEvent.Recovering;
import millrace.actors.event.TrainingEvent.Step;
import millrace.actors.event.TrainingEvent.Stretch;
import millrace.actors.trace.FlightRecord;
import millrace.actors.trace.FlightRecord.Levels;
import millrace.actors.trace.FlightRecord.Totals;
import millrace.actors.trace.FlightRecord.Traffic;
import millrace.app.metrics.Metrics.OfRun;
import millrace.nn.infer.Evaluation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The figures that Prometheus reads. */
class MetricsTest {
    private final Metrics metrics = new Metrics();

    @AfterEach
    void end() {
        metrics.close();
    }

    private static Step step(long step, double loss, long from, long samples) {
        return new Step(
                step, 100, loss, 0.1, new Stretch(from, samples, 1_000_000_000L * (step - from)), List.of(3.0, 4.0));
    }

    private List<String> lines() {
        return metrics.scrape()
                .lines()
                .filter(line -> line.startsWith("millrace_"))
                .toList();
    }

    @Test
    void aRunTellsItsSteps() throws Exception {
        try (RunMeters run = metrics.run("run-1")) {
            run.on(step(1, 2.5, 0, 64));
            run.on(step(2, 1.5, 0, 128));
            run.on(new Recovering("worker lost"));
            run.on(new Placed(2, 1, List.of(), 0.75));
            // the second step once more, in a stretch of its own
            run.on(step(2, 1.5, 1, 64));
            run.on(step(3, 1.25, 1, 128));
            run.on(new EvaluationDone(
                    3, Map.of("test", new Evaluation(10, 0.5, List.of(List.of(5L, 1L), List.of(0L, 4L))))));
        }

        assertThat(lines())
                .contains(
                        "millrace_steps_total{run=\"run-1\"} 4.0",
                        "millrace_samples_total{run=\"run-1\"} 256.0",
                        "millrace_loss{run=\"run-1\"} 1.25",
                        "millrace_step{run=\"run-1\"} 3.0",
                        "millrace_learning_rate{run=\"run-1\"} 0.1",
                        "millrace_gradient_norm{run=\"run-1\"} 5.0",
                        "millrace_samples_per_second{run=\"run-1\"} 64.0",
                        "millrace_recoveries_total{run=\"run-1\"} 1.0",
                        "millrace_recovery_seconds_count{run=\"run-1\"} 1",
                        "millrace_recovery_seconds_sum{run=\"run-1\"} 0.75",
                        "millrace_run_epoch{run=\"run-1\"} 2.0",
                        "millrace_evaluation_loss{run=\"run-1\",set=\"test\"} 0.5",
                        "millrace_evaluation_accuracy{run=\"run-1\",set=\"test\"} 0.9");
    }

    private static OfRun rank(int rank, long busy, long bytes) {
        return new OfRun(
                "run-1",
                new FlightRecord(
                        rank,
                        1,
                        List.of(),
                        List.of(),
                        new Totals(7, busy, 4_000_000_000L, new TreeMap<>(Map.of(1, new Traffic(3, bytes)))),
                        new Levels(10, 20, 2, 3, 4, 1.5)));
    }

    @Test
    void ranksComeAndGo() {
        metrics.ranks(() -> List.of(rank(0, 3_000_000_000L, 512)));
        assertThat(lines())
                .contains(
                        "millrace_rank_busy_seconds_total{rank=\"0\",run=\"run-1\"} 3.0",
                        "millrace_rank_wait_seconds_total{rank=\"0\",run=\"run-1\"} 1.0",
                        "millrace_rank_steps_total{rank=\"0\",run=\"run-1\"} 7.0",
                        "millrace_rank_queue_messages{rank=\"0\",run=\"run-1\"} 2.0",
                        "millrace_rank_held_bytes{rank=\"0\",run=\"run-1\"} 10.0",
                        "millrace_rank_allocated_bytes{rank=\"0\",run=\"run-1\"} 20.0",
                        "millrace_rank_weight_versions{rank=\"0\",run=\"run-1\"} 3.0",
                        "millrace_rank_staleness_max_steps{rank=\"0\",run=\"run-1\"} 4.0",
                        "millrace_rank_staleness_mean_steps{rank=\"0\",run=\"run-1\"} 1.5",
                        "millrace_link_messages_total{from=\"0\",run=\"run-1\",to=\"1\"} 3.0",
                        "millrace_link_bytes_total{from=\"0\",run=\"run-1\",to=\"1\"} 512.0");
        metrics.ranks(List::of);
        assertThat(lines()).isEmpty();
        metrics.ranks(() -> List.of(rank(0, 1_000_000_000L, 0)));
        assertThat(lines()).contains("millrace_rank_busy_seconds_total{rank=\"0\",run=\"run-1\"} 1.0");
    }

    @Test
    void theJvmIsThereToo() {
        AtomicLong resent = new AtomicLong(5);
        metrics.retransmissions(() -> resent.get());
        System.gc();
        assertThat(metrics.scrape()).contains("jvm_memory_used_bytes", "process_uptime_seconds");
        assertThat(lines()).containsExactly("millrace_retransmissions_total 5.0");
    }
}
