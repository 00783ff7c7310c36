package millrace.actors.keeper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import java.util.stream.Collectors;
import millrace.actors.checkpoint.Disk;
import millrace.actors.checkpoint.KeptFolder;
import millrace.actors.fetch.FileDigest;
import millrace.actors.keeper.KeeperProtocol.KeptCheckpoint;
import millrace.actors.keeper.KeeperProtocol.RunKept;
import millrace.actors.plan.CourseState;
import millrace.actors.rank.actor.BlockingWork;
import millrace.actors.wire.manifest.Manifest;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import millrace.actors.wire.manifest.ManifestCodec;
import millrace.nn.io.InWords;

/** The checkpoints that nodes keep between them: finds those that are whole, and gathers them on this node. May block. */
public final class KeptCheckpoints {
    private final Keepers keepers;

    public KeptCheckpoints(Keepers keepers) {
        this.keepers = keepers;
    }

    /**
     * The newest checkpoint of a run each file of which is on some node that is there.
     *
     * @param missing told of each newer one of which a file is on none
     */
    public Optional<CheckpointPlace> newest(String run, Consumer<String> missing) {
        return find(run, _ -> true, missing);
    }

    /** The same of one step. */
    private Optional<CheckpointPlace> find(String run, LongPredicate step, Consumer<String> missing) {
        List<RunKept> answers = keepers.contents(run);
        Set<FileDigest> there = new HashSet<>();
        answers.forEach(answer -> there.addAll(answer.files()));
        Map<KeptCheckpoint, Long> known = answers.stream()
                .flatMap(answer -> answer.checkpoints().stream())
                .filter(checkpoint -> step.test(KeptFolder.step(checkpoint.name())))
                .collect(Collectors.groupingBy(checkpoint -> checkpoint, Collectors.counting()));
        // of one step that was saved twice, the one that more nodes know
        List<KeptCheckpoint> candidates = known.keySet().stream()
                .sorted(Comparator.comparingLong((KeptCheckpoint each) -> KeptFolder.step(each.name()))
                        .thenComparingLong(each -> known.getOrDefault(each, 0L))
                        .thenComparing(each -> each.manifest().sha256())
                        .reversed())
                .toList();
        for (KeptCheckpoint candidate : candidates) {
            CheckpointPlace place = new CheckpointPlace(run, candidate);
            List<String> gone = new ArrayList<>();
            for (FileEntry file : manifest(place).files()) {
                if (!there.contains(Offers.digest(file))) {
                    gone.add(file.name() + " (it was on " + String.join(" and ", file.holders()) + ")");
                }
            }
            if (gone.isEmpty()) {
                return Optional.of(place);
            }
            missing.accept(place.inWords() + ": no node that is there has " + String.join(", ", gone)
                    + " as it was written (expected: each file on one of them)");
        }
        return Optional.empty();
    }

    /**
     * Gathers what a run has come to on this node, under the labels {@code last} and {@code best}.
     *
     * @param missing told of each newer checkpoint of which a file is on no node
     * @return false when no node knows a checkpoint that is whole
     * @throws IllegalArgumentException when it cannot be had
     */
    public boolean gather(String run, Consumer<String> missing) {
        Optional<CheckpointPlace> last = newest(run, missing);
        if (last.isEmpty()) {
            return false;
        }
        KeptFolder kept = keepers.own().folder(run);
        whole(last.get());
        kept.label(false, last.get().checkpoint().name());
        best(last.get(), missing).ifPresent(best -> {
            whole(best);
            kept.label(true, best.checkpoint().name());
        });
        return true;
    }

    /** The checkpoint of the best epoch before another one. */
    public Optional<CheckpointPlace> best(CheckpointPlace place, Consumer<String> missing) {
        Manifest manifest = manifest(place);
        long step = CourseState.of(manifest.progress(), manifest.terms()).bestStep();
        if (step == 0 || step == manifest.step()) {
            return step == 0 ? Optional.empty() : Optional.of(place);
        }
        return find(place.run(), each -> each == step, missing);
    }

    /**
     * A checkpoint with all of its files on this node: what is not here is fetched from the nodes that have it.
     *
     * @return its folder
     * @throws IllegalArgumentException when a file cannot be had; the message says where it was
     */
    public Path whole(CheckpointPlace place) {
        KeptFolder kept = keepers.own().folder(place.run());
        synchronized (keepers.own().gathering()) {
            Manifest manifest = manifest(place);
            Path here = kept.checkpoint(place.checkpoint().name());
            try {
                Map<FileDigest, Path> files =
                        Files.isDirectory(here) ? keepers.own().whole(here, manifest) : Map.of();
                if (files.size() < Set.copyOf(digests(manifest)).size() || !isOf(place, here)) {
                    here = kept.put(
                            gathered(place, manifest, files), place.checkpoint().name());
                }
                keepers.own().whole(here, manifest).forEach(keepers.files()::hold);
                keepers.files().hold(place.checkpoint().manifest(), here.resolve(KeptFolder.MANIFEST));
                return here;
            } catch (IOException e) {
                throw new IllegalArgumentException(
                        here + ": " + InWords.reason(e)
                                + " (expected: a readable disk with room); check the disk and its permissions",
                        e);
            }
        }
    }

    private static boolean isOf(CheckpointPlace place, Path folder) throws IOException {
        Path file = folder.resolve(KeptFolder.MANIFEST);
        return Files.isRegularFile(file)
                && FileDigest.of(file).equals(place.checkpoint().manifest());
    }

    /** A folder with all files: what was gathered before, as when this was interrupted, is used again. */
    private Path gathered(CheckpointPlace place, Manifest manifest, Map<FileDigest, Path> here) throws IOException {
        Path folder = keepers.own()
                .folder(place.run())
                .runFolder()
                .resolve(".gathering-" + place.checkpoint().manifest().sha256());
        Files.createDirectories(folder);
        for (FileEntry file : manifest.files()) {
            Path target = folder.resolve(file.name());
            Path own = here.get(Offers.digest(file));
            if (own != null) {
                Files.deleteIfExists(target);
                Files.copy(own, target);
                continue;
            }
            try {
                keepers.files()
                        .fetch(Offers.digest(file), target, Keeper.PATIENCE)
                        .join();
            } catch (CompletionException e) {
                throw new IllegalArgumentException(
                        place.inWords() + ": " + file.name() + " cannot be had: "
                                + BlockingWork.cause(e).getMessage()
                                + (file.holders().isEmpty()
                                        ? ""
                                        : "; it was on " + String.join(" and ", file.holders())),
                        e);
            }
        }
        // the same bytes: equal manifests are written alike
        Disk.replace(folder.resolve(KeptFolder.MANIFEST), ManifestCodec.encode(manifest));
        return folder;
    }

    /**
     * What a checkpoint says of itself.
     *
     * @throws IllegalArgumentException when no node that is there has its manifest
     */
    public Manifest manifest(CheckpointPlace place) {
        KeptFolder kept = keepers.own().folder(place.run());
        try {
            Path here = kept.checkpoint(place.checkpoint().name());
            Optional<Manifest> manifest = isOf(place, here)
                    ? KeptFolder.manifest(here.resolve(KeptFolder.MANIFEST))
                    : keepers.files().manifest(kept, place.checkpoint().manifest(), Keeper.PATIENCE);
            return manifest.orElseThrow(() ->
                    new IllegalArgumentException(place.inWords() + ": no manifest (expected: one of this version)"));
        } catch (CompletionException e) {
            throw new IllegalArgumentException(
                    place.inWords() + ": its manifest cannot be had: "
                            + BlockingWork.cause(e).getMessage(),
                    e);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    place.inWords() + ": " + InWords.reason(e) + " (expected: a readable disk)", e);
        }
    }

    private static List<FileDigest> digests(Manifest manifest) {
        return manifest.files().stream().map(Offers::digest).toList();
    }
}
