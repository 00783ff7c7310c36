package millrace.actors.wire.manifest;

import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What a checkpoint says about itself. Checks itself: every instance is a manifest that may be written, and one that
 * came from a file can be trusted as far as this page goes.
 *
 * @param format {@link #FORMAT}
 * @param step optimizer steps made before the checkpoint
 * @param weightsSha256 digest over all parameters in layer order, 64 hexadecimal digits in lower case; empty where each
 *     stage wrote its own files, and nobody saw all weights
 * @param files the other files of the checkpoint
 * @param configuration the resolved configuration of the run, as HOCON
 * @param model what it says of the network, as JSON; empty in one of an earlier version
 * @param metrics figures at the time of writing, sorted by name
 * @param progress how far the run's course had come, sorted by name
 * @param terms on what the meaning of steps and losses depends, sorted by name; empty in one that does not say
 * @param runEpoch of who has written it; 0 where nobody counts them
 */
public record Manifest(
        int format,
        long step,
        String weightsSha256,
        List<FileEntry> files,
        String configuration,
        String model,
        Map<String, Double> metrics,
        Map<String, Double> progress,
        Map<String, String> terms,
        long runEpoch) {
    /** The format that is written and read. */
    public static final int FORMAT = 1;

    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    // a plain name, so that nothing outside the checkpoint's folder can be meant
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]*");

    /**
     * One file of the checkpoint.
     *
     * @param name inside the checkpoint's folder
     * @param bytes size
     * @param sha256 64 hexadecimal digits in lower case
     * @param holders addresses of the nodes that have it, where they share no folder; none where they do
     */
    public record FileEntry(String name, long bytes, String sha256, List<String> holders) {
        /** A file that is beside the manifest. */
        public FileEntry(String name, long bytes, String sha256) {
            this(name, bytes, sha256, List.of());
        }

        /** @throws IllegalArgumentException on a name that is no plain file name, a negative size or no digest */
        public FileEntry {
            holders = List.copyOf(holders);
            require(NAME.matcher(name).matches(), "file name", quoted(name), "letters, digits and . _ -");
            require(bytes >= 0, name + ": bytes", bytes, "0 or more");
            requireDigest(name + ": sha256", sha256);
        }

        /** The same file, whoever has it. */
        public FileEntry wherever() {
            return on(List.of());
        }

        /** The same on these nodes. */
        public FileEntry on(List<String> nodes) {
            return new FileEntry(name, bytes, sha256, nodes);
        }
    }

    /** @throws IllegalArgumentException on another format, a negative step or run epoch, no digest, or two files of one name */
    public Manifest {
        require(format == FORMAT, "format", format, FORMAT + ", the one that this version reads");
        require(step >= 0, "step", step, "0 or more");
        require(runEpoch >= 0, "run_epoch", runEpoch, "0 or more");
        if (!weightsSha256.isEmpty()) {
            requireDigest("weights_sha256", weightsSha256);
        }
        files = List.copyOf(files);
        metrics = Collections.unmodifiableMap(new TreeMap<>(metrics));
        progress = Collections.unmodifiableMap(new TreeMap<>(progress));
        terms = Collections.unmodifiableMap(new TreeMap<>(terms));
        Set<String> names = new HashSet<>();
        for (FileEntry file : files) {
            require(names.add(file.name()), "file name", file.name(), "each name once");
        }
    }

    /** Of no run epoch. */
    public Manifest(
            int format,
            long step,
            String weightsSha256,
            List<FileEntry> files,
            String configuration,
            String model,
            Map<String, Double> metrics,
            Map<String, Double> progress,
            Map<String, String> terms) {
        this(format, step, weightsSha256, files, configuration, model, metrics, progress, terms, 0);
    }

    /** The same, written in a run epoch. */
    public Manifest writtenIn(long epoch) {
        return new Manifest(format, step, weightsSha256, files, configuration, model, metrics, progress, terms, epoch);
    }

    private static void requireDigest(String name, String digest) {
        require(DIGEST.matcher(digest).matches(), name, quoted(digest), "64 hexadecimal digits in lower case");
    }

    private static void require(boolean fits, String name, Object value, String expected) {
        if (!fits) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
        }
    }

    /** A text that may come from a file: short, and on one line. */
    private static String quoted(String text) {
        String line = text.replaceAll("\\P{Print}", "?");
        return '"' + (line.length() > 80 ? line.substring(0, 80) + "..." : line) + '"';
    }
}
