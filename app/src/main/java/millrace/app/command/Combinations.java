package millrace.app.command;

import java.io.PrintWriter;
import java.util.List;
import java.util.function.Consumer;
import millrace.app.command.ShapeOptions.Wanted;
import millrace.app.output.json.JsonLine;
import millrace.schedule.PipelineShape;

/** Does something for each combination; those that are not valid are told, and the others go on. */
final class Combinations {
    private Combinations() {}

    /**
     * @param json whether a problem is told as a line of JSON on {@code out}; otherwise it is told on {@code err}
     * @return the exit status: 0 when any combination was valid
     * @throws IllegalArgumentException when there is one combination for a person, and it is not valid
     */
    static int each(List<Wanted> all, boolean json, PrintWriter out, PrintWriter err, Consumer<Wanted> work) {
        boolean any = false;
        for (Wanted wanted : all) {
            try {
                work.accept(wanted);
                any = true;
            } catch (IllegalArgumentException e) {
                if (!json && all.size() == 1) {
                    throw e;
                }
                if (json) {
                    out.println(error(wanted, e));
                } else {
                    err.println("error: " + e.getMessage());
                }
            }
        }
        out.flush();
        err.flush();
        return any ? 0 : ExitStatus.BAD_INPUT;
    }

    private static JsonLine error(Wanted wanted, IllegalArgumentException e) {
        JsonLine line = JsonLine.event("error").put("message", e.getMessage()).put("schedule", wanted.name());
        PipelineShape shape = wanted.shape();
        if (shape != null) {
            line.put("ranks", shape.ranks())
                    .put("micro_batches", shape.microBatches() * wanted.replicas())
                    .put("chunks", shape.chunks())
                    .put("replicas", wanted.replicas());
        }
        return line;
    }
}
