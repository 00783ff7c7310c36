package millrace.app.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import millrace.schedule.Schedule;
import millrace.schedule.ScheduleCsv;

/** Schedules that are read from CSV files. */
public final class ScheduleSource {
    private ScheduleSource() {}

    /** Whether the name is that of a file, which decides ranks, chunks and micro-batches itself. */
    public static boolean isFile(String name) {
        return name.endsWith(".csv");
    }

    /**
     * The validated schedule of a CSV file.
     *
     * @throws IllegalArgumentException when it cannot be read or executed
     */
    public static Schedule read(String file) {
        try {
            return ScheduleCsv.read(file, Files.readString(Path.of(file), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "schedule: " + file + " (expected: a CSV file that can be read, one row a rank)", e);
        }
    }
}
