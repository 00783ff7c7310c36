package millrace.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What docs/schedules.md shows below its command lines is what they print; docs/refresh.py renews it. */
class SchedulesPageTest {
    private static final Pattern BLOCK =
            Pattern.compile("```\\n\\$ \\./millrace ((?:schedule|simulate) [^\\n]*)\\n(.*?)```", Pattern.DOTALL);

    @Test
    void everyFigureIsPrintedByTheCommandAboveIt() throws IOException {
        String page = Files.readString(Path.of(System.getProperty("millrace.root", "."), "docs", "schedules.md"));
        List<MatchResult> blocks = BLOCK.matcher(page).results().toList();

        assertThat(blocks).hasSizeGreaterThan(15);
        for (MatchResult block : blocks) {
            Program program = Program.run(block.group(1).split(" ", -1));

            assertThat(program.status()).as(program.err()).isZero();
            assertThat(program.out()).as(block.group(1)).isEqualTo(block.group(2));
        }
    }
}
