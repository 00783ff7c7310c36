package millrace.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import millrace.acceptance.cluster.Command;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A table as people have them: dates, words, empty cells, decimal commas and letters that are no UTF-8. It is trained with,
 * evaluated, and predicted from by another process that has the run's folder alone.
 */
class WeatherTableTest {
    private static final List<String> WINDS = List.of("Nord", "Süd", "West", "Öst");
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("dd.MM.yyyy", Locale.ROOT);

    @TempDir
    private Path folder = Path.of("");

    @Test
    void trainsEvaluatesAndPredictsFromTheRunAlone() throws IOException {
        write("wetter.csv", table(350, 1));
        write("spaeter.csv", table(80, 2));
        Files.writeString(folder.resolve("weather.conf"), """
                name = weather
                model.layers = [{ type = dense, units = 32 }, relu, { type = dense, units = classes }]
                data {
                  set = csv, normalize = standard
                  csv {
                    file = "FOLDER/wetter.csv", test-file = "FOLDER/spaeter.csv"
                    encoding = latin-1, decimal = comma, label = Wetter, drop = [Nummer]
                    fill = median, flag-missing = true
                    columns = [
                      { column = Tag, type = date, format = dd.MM.yyyy, parts = [month, day-of-year] }
                      { column = Wind, type = category, fill = zero, flag-missing = true }
                    ]
                  }
                }
                training { batch = 32, epochs = 25, optimizer { name = adam, lr = 0.01 } }
                pipeline { stages = 2, micro-batches = 4 }
                checkpoint.folder = "FOLDER/runs"
                """.replace("FOLDER", folder.toString()));

        List<Config> trained =
                Program.json(List.of("train", folder.resolve("weather.conf").toString()), "--json");
        Path run = folder.resolve("runs").resolve(trained.getFirst().getString("run"));

        assertThat(trained.getLast().getDouble("test_accuracy")).isGreaterThan(0.8);
        Config evaluated =
                Program.json(List.of("evaluate", run.toString(), "--json")).getFirst();
        assertThat(evaluated.getStringList("classes")).containsExactly("Regen", "Schnee", "Sonne");
        assertThat(evaluated.getInt("samples")).isEqualTo(80);

        Files.delete(folder.resolve("wetter.csv"));
        Files.delete(folder.resolve("spaeter.csv"));
        write(
                "neu.csv",
                "Wind;Temperatur;Tag;Niederschlag\nSüd;21,5;15.07.2013;0,0\n?;-8,0;01.01.2014;9,5\n;15,0;;9,0\n");
        refused(run, "neu.csv", "line 4, column 3 (\"Tag\"): empty (expected: a date as dd.MM.yyyy)");
        write("neu.csv", "Wind;Temperatur;Tag;Niederschlag\nSüd;21,5;15.07.2013;0,0\n?;-8,0;01.01.2014;9,5\n");
        try (Command command = Command.start(
                "predict", run.toString(), folder.resolve("neu.csv").toString())) {
            assertThat(command.await()).isZero();
            assertThat(command.says("Sonne  ")).isTrue();
            assertThat(command.says("Schnee  ")).isTrue();
        }
    }

    private void refused(Path run, String file, String message) {
        Program program =
                Program.run("predict", run.toString(), folder.resolve(file).toString());
        assertThat(program.status()).isEqualTo(2);
        assertThat(program.err()).contains(message);
    }

    private void write(String name, String text) throws IOException {
        Files.write(folder.resolve(name), text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String table(int rows, long seed) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder("Nummer;Tag;Niederschlag;Temperatur;Wind;Wetter\n");
        for (int row = 0; row < rows; row++) {
            LocalDate day = LocalDate.of(2012, 1, 1).plusDays(random.nextInt(700));
            double warmth = 10 + 12 * Math.sin((day.getDayOfYear() - 100) / 58.0) + random.nextGaussian();
            double rain = random.nextInt(2) * 5 * (0.5 + random.nextDouble());
            String weather = rain < 1 ? "Sonne" : warmth < 2 ? "Schnee" : "Regen";
            text.append("n").append(row).append(';').append(DATE.format(day)).append(';');
            text.append(random.nextInt(20) == 0 ? "" : comma(rain)).append(';');
            text.append(comma(warmth)).append(';');
            text.append(random.nextInt(20) == 0 ? "?" : WINDS.get(random.nextInt(WINDS.size())));
            text.append(';').append(weather).append('\n');
        }
        return text.toString();
    }

    private static String comma(double value) {
        return String.format(Locale.ROOT, "%.1f", value).replace('.', ',');
    }
}
