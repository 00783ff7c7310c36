package millrace.bench;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.Callable;
import millrace.app.command.ExitStatus;
import millrace.bench.StudyWorkload.Sizes;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParseResult;

/**
 * What training without a flush costs in accuracy and gains in time: each method at its own best learning rate, found on
 * validation samples, then measured on the test set with several seeds. Results are kept in a folder as soon as they are
 * there; started again, a study goes on where it was.
 */
@Command(
        name = "AsyncStudy",
        description = "Compares ways to train with and without a flush: accuracy against samples and against time.",
        mixinStandardHelpOptions = true)
public final class AsyncStudy implements Callable<Integer> {
    @Parameters(paramLabel = "FOLDER", description = "where results are kept, and looked up")
    private Path path = Path.of("");

    @Option(names = "--report", description = "measure nothing: charts into the folder, tables to standard output")
    private boolean report;

    @Option(names = "--only", paramLabel = "WORKLOAD", split = ",", description = "mnist-4, mnist-8, deep-4")
    private List<String> only =
            StudyWorkload.ALL.stream().map(StudyWorkload::name).toList();

    @Option(
            names = "--methods",
            paramLabel = "METHOD",
            split = ",",
            description = "flush, async k=n-1, async k=1, 2bw, live, predict, nesterov, undelayed k=1 (default: all but"
                    + " the last, a control)")
    private List<String> methods = List.of();

    @Option(names = "--seeds", paramLabel = "N", defaultValue = "3", description = "of measured runs, from 1")
    private int seeds;

    @Option(names = "--epochs", paramLabel = "N", description = "of a run, instead of steps")
    private @Nullable Integer epochs;

    @Option(names = "--grid-steps", paramLabel = "N", description = "batches of a run that a rate is judged by")
    private @Nullable Integer gridSteps;

    @Option(names = "--steps", paramLabel = "N", description = "batches of a measured run")
    private @Nullable Integer steps;

    @Option(names = "--evaluate-every", paramLabel = "N", description = "batches between evaluations")
    private @Nullable Integer evaluateEvery;

    @Option(names = "--validation", paramLabel = "SHARE", description = "of the training samples, to judge rates on")
    private @Nullable Double validation;

    @Option(names = "--test", paramLabel = "N", description = "samples of the test set")
    private @Nullable Integer test;

    @Option(names = "--threads", paramLabel = "N", description = "rates tried at once (default: as many as cores)")
    private int threads = Runtime.getRuntime().availableProcessors();

    public static void main(String[] arguments) {
        Locale.setDefault(Locale.ROOT);
        System.exit(new CommandLine(new AsyncStudy())
                .setExecutionExceptionHandler(AsyncStudy::report)
                .execute(arguments));
    }

    private static int report(Exception e, CommandLine commandLine, ParseResult parsed) throws Exception {
        if (e instanceof IllegalArgumentException) {
            commandLine.getErr().println("error: " + e.getMessage());
            return ExitStatus.BAD_INPUT;
        }
        throw e;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (!report && !"1".equals(System.getenv("OMP_NUM_THREADS"))) {
            throw new IllegalArgumentException("OMP_NUM_THREADS: " + System.getenv("OMP_NUM_THREADS")
                    + " (expected: 1, a thread a stage); set it, or use bench/run");
        }
        PrintStream out = System.out;
        StudyFolder folder = new StudyFolder(path);
        List<StudyMethod> usual = report ? List.of(StudyMethod.values()) : StudyMethod.compared();
        List<StudyMethod> compared = methods.isEmpty()
                ? usual
                : methods.stream().map(StudyMethod::of).toList();
        for (String name : only) {
            StudyWorkload workload = sized(StudyWorkload.named(name));
            if (report) {
                report(folder, workload, compared, out);
            } else {
                folder.requireSizes(workload);
                Study study = new Study(workload, compared, folder, out);
                study.chooseRates(threads);
                study.measure(seeds);
            }
        }
        return 0;
    }

    private StudyWorkload sized(StudyWorkload workload) {
        Sizes usual = workload.sizes();
        return workload.with(new Sizes(
                gridSteps != null ? gridSteps : epochs != null ? workload.steps(epochs) : usual.gridSteps(),
                steps != null ? steps : epochs != null ? workload.steps(epochs) : usual.steps(),
                evaluateEvery != null ? evaluateEvery : usual.evaluateEvery(),
                validation != null ? validation : usual.validation(),
                test != null ? test : usual.test()));
    }

    private static void report(StudyFolder folder, StudyWorkload workload, List<StudyMethod> methods, PrintStream out) {
        List<RunRow> runs = folder.runs(workload);
        List<MeanCurve> curves = new ArrayList<>();
        Map<StudyMethod, NavigableMap<Rate, Double>> tried = new EnumMap<>(StudyMethod.class);
        for (StudyMethod method : methods) {
            NavigableMap<Rate, Double> byRate = folder.tried(workload, method);
            if (!byRate.isEmpty()) {
                tried.put(method, byRate);
            }
            RateSearch.best(byRate)
                    .flatMap(rate -> MeanCurve.of(runs, method, rate))
                    .ifPresent(curves::add);
        }
        if (tried.isEmpty()) {
            return;
        }
        out.println("### " + workload.name() + ": " + workload.preset() + " in " + workload.stages() + " stages\n");
        if (!curves.isEmpty()) {
            out.println(StudyTables.methods(workload.target(), curves));
        }
        if (curves.stream().anyMatch(curve -> !curve.points().isEmpty())) {
            StudyCharts.write(folder, workload, curves);
        }
        out.println("Validation accuracy by learning rate:\n");
        out.println(StudyTables.rates(tried));
    }
}
