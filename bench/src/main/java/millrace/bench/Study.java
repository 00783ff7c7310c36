package millrace.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.TrainingData;
import millrace.actors.run.PipelineRun;
import millrace.actors.run.ReferenceRun;
import org.jspecify.annotations.Nullable;

/** Studies one workload; what its folder knows already is not done again. */
final class Study {
    private final StudyWorkload workload;
    private final List<StudyMethod> methods;
    private final StudyFolder folder;
    private final PrintStream out;
    private final StudyPlans plans;
    private final Set<StudyMethod> warm = EnumSet.noneOf(StudyMethod.class);

    Study(StudyWorkload workload, List<StudyMethod> methods, StudyFolder folder, PrintStream out) {
        this.workload = workload;
        this.methods = methods;
        this.folder = folder;
        this.out = out;
        this.plans = new StudyPlans(workload);
    }

    /**
     * Looks for each method's best learning rate with the reference, which has the pipeline's weights bit for bit and
     * takes one thread: as many rates as threads are tried at once.
     */
    void chooseRates(int threads) throws InterruptedException {
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<Callable<GridRow>> round = untried();
            while (!round.isEmpty()) {
                for (Future<GridRow> row : pool.invokeAll(round)) {
                    GridRow _ = row.get();
                }
                round = untried();
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
        }
    }

    private List<Callable<GridRow>> untried() {
        List<Callable<GridRow>> runs = new ArrayList<>();
        for (StudyMethod method : methods) {
            for (Rate rate : RateSearch.toTry(method.lowestRate(workload), folder.tried(workload, method))) {
                runs.add(() -> choose(method, rate));
            }
        }
        return runs;
    }

    private GridRow choose(StudyMethod method, Rate rate) {
        RunResult result = unlessDiverged(() -> ReferenceRun.of(plans.choosing(method, rate), TrainingListener.SILENT)
                .run());
        double accuracy = result == null
                ? Double.NaN
                : Objects.requireNonNull(result.evaluations().get(TrainingData.VALIDATION), "a validation set")
                        .accuracy();
        GridRow row = new GridRow(workload.name(), method, rate, StudyPlans.GRID_SEED, accuracy);
        folder.add(row);
        tell(method, rate, StudyPlans.GRID_SEED, "validation", accuracy);
        return row;
    }

    /** Trains with each method's best rate as a line of actors; seed by seed, so that a slow hour meets all methods. */
    void measure(int seeds) {
        for (long seed = 1; seed <= seeds; seed++) {
            for (StudyMethod method : methods) {
                NavigableMap<Rate, Double> tried = folder.tried(workload, method);
                Optional<Rate> best = RateSearch.best(tried);
                if (best.isPresent() && !isMeasured(method, best.get(), seed)) {
                    measure(method, best.get(), seed);
                }
            }
        }
    }

    private boolean isMeasured(StudyMethod method, Rate rate, long seed) {
        return folder.runs(workload).stream()
                .anyMatch(row -> row.method() == method && row.rate().equals(rate) && row.seed() == seed);
    }

    private void measure(StudyMethod method, Rate rate, long seed) {
        if (warm.add(method)) {
            @Nullable
            RunResult _ = unlessDiverged(() -> PipelineRun.start(plans.warmUp(method, rate), TrainingListener.SILENT)
                    .await());
        }
        Curve curve = new Curve(workload.batch(), plans.samplesPerEpoch(), System::nanoTime);
        @Nullable
        RunResult result = unlessDiverged(() ->
                PipelineRun.start(plans.measuring(method, rate, seed), curve).await());
        List<Curve.Point> points = new ArrayList<>(curve.points());
        if (result == null) {
            points.add(curve.diverged());
        }
        folder.add(points.stream()
                .map(point -> new RunRow(
                        workload.name(),
                        method,
                        rate,
                        seed,
                        point.step(),
                        point.samples(),
                        point.seconds(),
                        point.accuracy(),
                        point.loss()))
                .toList());
        tell(method, rate, seed, "test", points.getLast().accuracy());
    }

    /** A run's result, or null when its loss ceased to be a number. */
    private static @Nullable RunResult unlessDiverged(Supplier<RunResult> run) {
        try {
            return run.get();
        } catch (IllegalStateException e) {
            if (String.valueOf(e.getMessage()).startsWith("loss: ")) {
                return null;
            }
            throw e;
        }
    }

    private void tell(StudyMethod method, Rate rate, long seed, String set, double accuracy) {
        out.println(String.format(
                Locale.ROOT,
                "%s: %s, lr %s, seed %d: %s accuracy %s",
                workload.name(),
                method.word(),
                rate,
                seed,
                set,
                StudyFolder.text(accuracy)));
    }
}
