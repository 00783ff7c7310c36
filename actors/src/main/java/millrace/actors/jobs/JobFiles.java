package millrace.actors.jobs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import millrace.nn.io.AtomicFile;

/**
 * The jobs that a node has noted, as files of a folder: one for each, so that a change writes little, and a file that is
 * damaged costs one job.
 *
 * @param form how a job is written
 */
record JobFiles(Path folder, Form form) {
    private static final String ENDING = ".job";
    private static final String UNFINISHED = ".tmp";

    /** Jobs as bytes and back. */
    interface Form {
        byte[] bytes(JobRecord job);

        /** Empty for bytes that are not a job. */
        Optional<JobRecord> job(byte[] bytes);
    }

    /**
     * All that are there.
     *
     * @param damaged told of files that are no jobs, with the reason
     */
    List<JobRecord> read(BiConsumer<Path, String> damaged) {
        try {
            Files.createDirectories(folder);
            removeUnfinished();
            try (Stream<Path> files = Files.list(folder)) {
                return files.filter(file -> file.getFileName().toString().endsWith(ENDING))
                        .sorted()
                        .flatMap(file -> read(file, damaged).stream())
                        .toList();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a process has left that was killed while it wrote. */
    private void removeUnfinished() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file :
                    files.filter(file -> file.toString().endsWith(UNFINISHED)).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private Optional<JobRecord> read(Path file, BiConsumer<Path, String> damaged) {
        try {
            Optional<JobRecord> job = form.job(Files.readAllBytes(file));
            if (job.isEmpty()) {
                damaged.accept(file, "not a job");
            }
            return job;
        } catch (IOException e) {
            damaged.accept(file, e.toString());
            return Optional.empty();
        }
    }

    /**
     * Writes a job so that the file is whole whenever the process ends.
     *
     * @throws IllegalArgumentException when the folder cannot be written
     */
    void write(JobRecord job) {
        ByteBuffer bytes = ByteBuffer.wrap(form.bytes(job));
        AtomicFile.write(file(job.name()), channel -> {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        });
    }

    void remove(String name) {
        try {
            Files.deleteIfExists(file(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path file(String name) {
        return folder.resolve(URLEncoder.encode(name, StandardCharsets.UTF_8) + ENDING);
    }
}
