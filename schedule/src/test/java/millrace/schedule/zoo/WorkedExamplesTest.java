package millrace.schedule.zoo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import millrace.schedule.Cell;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole tables for 4 ranks and 8 micro-batches, checked by an independent program before they were stored. */
class WorkedExamplesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "gpipe",
                "1f1b",
                "eager-1f1b",
                "interleaved-1f1b",
                "looped-bfs",
                "interleaved-zb",
                "zb-h1",
                "zb-h2",
                "zb-v",
                "dualpipe-v",
                "dualpipe"
            })
    void ordersAreThoseOfTheTable(String name) throws IOException {
        assertThat(table(Schedules.generate(name, 4, 8))).isEqualTo(read(name));
    }

    private static String table(Schedule schedule) {
        StringBuilder table = new StringBuilder();
        for (int rank = 0; rank < schedule.ranks(); rank++) {
            table.append("rank ").append(rank).append(':');
            for (Cell cell : schedule.order().get(rank)) {
                table.append(' ').append(cell);
            }
            table.append('\n');
        }
        return table.toString();
    }

    private static String read(String name) throws IOException {
        try (InputStream in =
                WorkedExamplesTest.class.getResourceAsStream("/millrace/schedule/worked/" + name + ".txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
