package millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.UsageMessageSpec;

class HelpTest {
    @Test
    void withoutAnyWordTheCommandsAreListed() {
        StringWriter err = new StringWriter();

        assertThat(Main.commandLine().setErr(new PrintWriter(err)).execute()).isEqualTo(2);
        assertThat(err.toString())
                .startsWith("Usage: millrace")
                .contains("Commands:", "  train ", "  predict ", "Begin with: millrace train");
    }

    @Test
    void everyCommandSaysWhatItIsForAndHasAnExample() {
        Main.commandLine().getSubcommands().forEach((name, command) -> {
            UsageMessageSpec usage = command.getCommandSpec().usageMessage();
            assertThat(usage.description()).as(name).isNotEmpty();
            assertThat(usage.description()[0]).as(name).matches("[A-Z].*[.:]");
            assertThat(String.join("\n", usage.footer())).as(name).contains("millrace " + name);
            assertThat(command.getCommandSpec().options())
                    .as(name)
                    .allSatisfy(option -> assertThat(String.join("", option.description()))
                            .as(option.longestName())
                            .isNotEmpty()
                            // picocli would take it for the beginning of a format
                            .doesNotContain("%"));
        });
    }

    /** Their options need not be read before; and what they say of themselves is the same with the others and without. */
    @Test
    void aCommandThatIsNamedIsTheOnlyOne() {
        Main.commandLine().getSubcommands().forEach((name, command) -> {
            CommandLine named = Main.commandLine(name, "--help");
            if (name.equals("completion")) {
                assertThat(named.getSubcommands()).hasSizeGreaterThan(10);
            } else {
                assertThat(named.getSubcommands()).containsOnlyKeys(name);
            }
            assertThat(Objects.requireNonNull(named.getSubcommands().get(name)).getUsageMessage())
                    .isEqualTo(command.getUsageMessage());
        });
        assertThat(Main.commandLine("tarin").getSubcommands())
                .hasSameSizeAs(Main.commandLine().getSubcommands());
        assertThat(Main.commandLine("--help").getUsageMessage())
                .isEqualTo(Main.commandLine().getUsageMessage());
    }
}
