package millrace.actors.cluster;

import java.nio.file.Path;
import millrace.actors.cluster.RunData.NamedFile;

/** Finds the files of a run on this node, or fetches them; may block. */
@FunctionalInterface
public interface DataFiles {
    /**
     * Where a file is that has the order's digest.
     *
     * @throws IllegalArgumentException when it is not here and cannot be had
     */
    Path find(NamedFile file);
}
