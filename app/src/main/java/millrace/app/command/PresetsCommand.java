package millrace.app.command;

import com.typesafe.config.Config;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import millrace.app.config.RunFile;
import millrace.app.output.json.JsonLine;
import millrace.app.output.text.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code presets}: the networks that come with the program. */
@Command(
        name = "presets",
        description = "Lists the presets: runs that come with the program, each with network, data and training.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example:", "  millrace presets --json"})
public final class PresetsCommand implements Callable<Integer> {
    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        PrintWriter out = output.out();
        Table table = new Table();
        for (String name : RunFile.PRESETS) {
            Config config = RunFile.resolve(name, List.of(), Map.of());
            String description = RunFile.description(name);
            if (output.json()) {
                out.println(JsonLine.event("preset")
                        .put("preset", name)
                        .put("description", description)
                        .put("data", config.getString("data.set"))
                        .put("loss", config.getString("training.loss"))
                        .put("optimizer", config.getString("training.optimizer.name"))
                        .put("batch", config.getInt("training.batch"))
                        .put("epochs", config.getInt("training.epochs")));
            } else {
                table.row(name, description);
            }
        }
        if (!output.json()) {
            out.println(table.flushLeft());
        }
        out.flush();
        return 0;
    }
}
