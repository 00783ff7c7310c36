package millrace.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.Stream;
import millrace.app.Main;
import picocli.CommandLine;

/** The command line, run in this JVM: what it printed and how it ended. */
public record Program(int status, String out, String err) {
    public static Program run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out));
        commandLine.setErr(new PrintWriter(err));
        int status = commandLine.execute(arguments);
        return new Program(status, out.toString(), err.toString());
    }

    public static Program run(List<String> words, String... more) {
        return run(Stream.concat(words.stream(), Stream.of(more)).toArray(String[]::new));
    }

    /** What a command that succeeds says with {@code --json}. */
    public static List<Config> json(List<String> words, String... more) {
        Program program = run(words, more);
        assertThat(program.status()).as(program.err()).isZero();
        return program.lines().stream().map(ConfigFactory::parseString).toList();
    }

    /** Lines of standard output. */
    public List<String> lines() {
        return out.lines().toList();
    }

    /** The value of a key in the last line of JSON: text without quotes, or a number as it stands. */
    public String last(String key) {
        String line = lines().getLast();
        int at = line.indexOf("\"" + key + "\":");
        if (at < 0) {
            throw new AssertionError("no " + key + " in " + line);
        }
        String rest = line.substring(at + key.length() + 3);
        int end = rest.charAt(0) == '"' ? rest.indexOf('"', 1) + 1 : rest.indexOf(rest.contains(",") ? ',' : '}');
        return rest.substring(0, end).replace("\"", "");
    }
}
