package millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import picocli.CommandLine;

/** The command line, run in this JVM: what it printed and how it ended. */
public record Program(int status, List<String> out, String err) {
    /** Runs words with blanks between. */
    public static Program run(String words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out));
        commandLine.setErr(new PrintWriter(err));
        int status = commandLine.execute(words.strip().split(" +", -1));
        return new Program(status, out.toString().lines().toList(), err.toString());
    }

    /** Runs words that have to succeed, with {@code --json}. */
    public static Program done(String words) {
        Program program = run(words + " --json");
        assertThat(program.status()).as(program.err()).isZero();
        return program;
    }

    /** The events of one name among lines of JSON. */
    public static List<Config> events(List<String> lines, String name) {
        return lines.stream()
                .map(ConfigFactory::parseString)
                .filter(line -> line.getString("event").equals(name))
                .toList();
    }

    /** The only event of a name that it printed. */
    public Config event(String name) {
        List<Config> events = events(out, name);
        assertThat(events).hasSize(1);
        return events.getFirst();
    }

    /** What a training says its weights are. */
    public String digest() {
        return event("done").getString("weights_sha256");
    }

    /** That it was refused in one line, with exit status 2. */
    public void assertRefused(String message) {
        assertThat(status).isEqualTo(2);
        assertThat(err.lines()).hasSize(1);
        assertThat(err).startsWith("error: ").contains(message);
    }
}
