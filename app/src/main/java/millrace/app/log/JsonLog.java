package millrace.app.log;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;
import millrace.actors.plan.RunPlan;
import millrace.app.report.RunReport;

/** The lines of {@code --json} in {@code log.jsonl}; a run that goes on there adds to them. */
final class JsonLog implements RunLog {
    private final Path file;
    private final PrintWriter out;
    private final RunReport report;

    JsonLog(Path folder, String run, RunPlan plan, boolean sequential) throws IOException {
        this.file = folder.resolve("log.jsonl");
        this.out = new PrintWriter(Files.newBufferedWriter(
                file, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
        this.report = new RunReport(RunReport.Audience.JSON, out, 1);
        report.started(run, plan, sequential);
    }

    @Override
    public void event(TrainingEvent event) throws IOException {
        report.onEvent(event);
        check();
    }

    @Override
    public void done(RunResult result, String weightsSha256) throws IOException {
        report.done(result, weightsSha256);
        check();
    }

    /** A PrintWriter keeps its troubles to itself. */
    private void check() throws IOException {
        if (out.checkError()) {
            throw new IOException(file + " could not be written");
        }
    }

    @Override
    public void close() {
        out.close();
    }
}
