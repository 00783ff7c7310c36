package millrace.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import millrace.app.Main;

/**
 * How many messages nodes of a cluster send each other for a batch, of what kind, and how many bytes. All nodes are in this
 * process, with a rank each and real connections. Two runs are counted, of 40 and of 140 steps; their difference is what 100
 * steps cost, without beginning and end. What the command is told counts too. Prints a JSON line for each kind, with numbers
 * per batch, for all ranks together and per rank; and one with the memory of the process.
 *
 * <p>{@code ClusterTraffic RANKS REPLICAS [MODEL [SCHEDULE]]}, for example {@code ClusterTraffic 16 4 mlp-deep}.
 */
public final class ClusterTraffic {
    private static final int SHORT = 40;
    private static final int STEPS = 100;
    // what belongs to a run's beginning and end differs by chance
    private static final double SELDOM = 0.1;

    private ClusterTraffic() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length < 2 || Integer.parseInt(arguments[0]) % Integer.parseInt(arguments[1]) != 0) {
            throw new IllegalArgumentException(
                    "ClusterTraffic RANKS REPLICAS [MODEL [SCHEDULE]] (expected: a number of ranks that the replicas divide)");
        }
        int ranks = Integer.parseInt(arguments[0]);
        int replicas = Integer.parseInt(arguments[1]);
        String model = arguments.length > 2 ? arguments[2] : "mlp-deep";
        String schedule = arguments.length > 3 ? arguments[3] : "1f1b";
        System.setProperty("akka.remote.artery.advanced.instruments.0", CountingInstrument.class.getName());
        Path folder = Files.createTempDirectory("millrace-traffic");
        List<String> words = List.of(
                "train",
                model,
                "--schedule",
                schedule,
                "--ranks",
                String.valueOf(ranks / replicas),
                "--replicas",
                String.valueOf(replicas),
                "--micro-batches",
                String.valueOf(2 * ranks),
                "--simulate-cluster",
                String.valueOf(ranks),
                "--quiet",
                "-D",
                "checkpoint.folder=\"" + folder + "\"",
                "-D",
                "checkpoint.interval=1h",
                "--steps");
        // the first run loads classes, and makes what is made once
        counted(words, SHORT);
        Map<String, CountingInstrument.Sum> few = counted(words, SHORT);
        Map<String, CountingInstrument.Sum> many = counted(words, SHORT + STEPS);
        many.forEach((kind, sum) -> {
            CountingInstrument.Sum before = few.getOrDefault(kind, CountingInstrument.Sum.NONE);
            double messages = (sum.messages() - before.messages()) / (double) STEPS;
            double bytes = (sum.bytes() - before.bytes()) / (double) STEPS;
            if (messages < SELDOM) {
                return;
            }
            System.out.printf(
                    "{\"kind\":\"%s\",\"ranks\":%d,\"replicas\":%d,\"messages_per_batch\":%.2f,\"per_rank\":%.2f,"
                            + "\"bytes_per_batch\":%.0f,\"bytes_per_rank\":%.0f}%n",
                    kind, ranks, replicas, messages, messages / ranks, bytes, bytes / ranks);
        });
        System.out.printf(
                "{\"what\":\"memory of the process\",\"ranks\":%d,\"peak_mb\":%d}%n", ranks, peakKilobytes() / 1024);
        System.exit(0);
    }

    private static Map<String, CountingInstrument.Sum> counted(List<String> words, int steps) {
        CountingInstrument.reset();
        List<String> all = new ArrayList<>(words);
        all.add(String.valueOf(steps));
        if (Main.commandLine().execute(all.toArray(String[]::new)) != 0) {
            throw new IllegalStateException("the run failed; it says why above");
        }
        return CountingInstrument.sums();
    }

    /** As Linux tells it. */
    private static long peakKilobytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(0);
    }
}
