package millrace.actors.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Names inside a run folder:
 *
 * <pre>
 * checkpoints/step-00000938/model.safetensors optimizer.safetensors manifest.textproto
 * checkpoints/step-00000938/stage-0-of-2.safetensors stage-0-of-2-optimizer.safetensors ... manifest.textproto
 * checkpoints/last -> step-00000938
 * checkpoints/best -> step-00000469
 * checkpoints/.step-00000938.UUID.tmp      being written, or being deleted
 * checkpoints/.step-00000938.UUID.old      moved aside while its successor takes its name
 * </pre>
 */
final class Layout {
    static final String CHECKPOINTS = "checkpoints";
    static final String LAST = "last";
    static final String BEST = "best";
    static final String MODEL = "model.safetensors";
    static final String OPTIMIZER = "optimizer.safetensors";
    static final String MANIFEST = "manifest.textproto";
    static final String TEMPORARY = "tmp";
    static final String ASIDE = "old";

    private static final Pattern SHARD = Pattern.compile("stage-\\d+-of-\\d+\\.safetensors");
    private static final Pattern STEP = Pattern.compile("step-(\\d{8,18})");
    private static final Pattern HIDDEN = Pattern.compile("\\.(step-\\d{8,18}|last|best)\\.[0-9a-f-]{36}\\.(tmp|old)");

    private Layout() {}

    /** Whether a file holds weights: those of the whole model, or of one stage. */
    static boolean holdsWeights(String name) {
        return name.equals(MODEL) || SHARD.matcher(name).matches();
    }

    /** The name of a step's checkpoint. */
    static String step(long step) {
        return String.format(Locale.ROOT, "step-%08d", step);
    }

    /** The folder of a step. */
    static Path step(Path checkpoints, long step) {
        return checkpoints.resolve(step(step));
    }

    /** The step of a checkpoint with the name of one; -1 of another name. */
    static long stepOf(String name) {
        Matcher step = STEP.matcher(name);
        return step.matches() ? Long.parseLong(step.group(1)) : -1;
    }

    /** The step of a folder with the name of one. */
    static long stepOf(Path folder) {
        return stepOf(folder.getFileName().toString());
    }

    /** A new hidden name beside a folder or link. */
    static Path hidden(Path target, String suffix) {
        return target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + "." + suffix);
    }

    /** The step folders, newest first. */
    static List<Path> steps(Path checkpoints) throws IOException {
        try (Stream<Path> entries = Files.list(checkpoints)) {
            return entries.filter(entry -> stepOf(entry) >= 0 && Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS))
                    .sorted(Comparator.comparingLong((Path step) -> stepOf(step))
                            .reversed())
                    .toList();
        }
    }

    /** What writers left behind that were killed, or that are still at work. */
    static List<Path> leftovers(Path checkpoints, String suffix) throws IOException {
        try (Stream<Path> entries = Files.list(checkpoints)) {
            return entries.filter(entry -> {
                        Matcher name = HIDDEN.matcher(entry.getFileName().toString());
                        return name.matches() && name.group(2).equals(suffix);
                    })
                    .sorted()
                    .toList();
        }
    }

    /** What a hidden name stands for. */
    static Path visible(Path hidden) {
        Matcher name = HIDDEN.matcher(hidden.getFileName().toString());
        return name.matches() ? hidden.resolveSibling(name.group(1)) : hidden;
    }

    /** Where one of the two links leads, whether there is something or not. */
    static Optional<Path> linked(Path checkpoints, String link) throws IOException {
        Path path = checkpoints.resolve(link);
        return Files.isSymbolicLink(path)
                ? Optional.of(checkpoints.resolve(Files.readSymbolicLink(path)))
                : Optional.empty();
    }
}
