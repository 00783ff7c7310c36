package millrace.actors.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where checkpoints are kept: named objects that are there whole or not at all, and never change. An object is a few files,
 * among them a manifest with the digest of each other one. {@link FolderStore} is the one of a disk; one that keeps objects
 * elsewhere copies them from and to folders of this machine.
 */
public interface ObjectStore {
    /** A folder of this machine, not made yet, in which the files of a new object are written. */
    Path draft(String name);

    /**
     * Puts an object, at once; one of the same name is replaced. When it returns, a loss of power does not undo it.
     *
     * @param draft its files, which are forced to the disk
     * @throws IOException when it cannot be put; everything is as it was then
     */
    void put(Path draft, String name) throws IOException;

    /**
     * A folder of this machine with the files of an object.
     *
     * @return empty when there is no such object
     */
    Optional<Path> get(String name) throws IOException;

    /** The names of all objects, sorted. */
    List<String> list() throws IOException;

    /** Removes an object, at once. */
    void delete(String name) throws IOException;

    /** Lets a label stand for an object, whatever it stood for before. */
    void point(String label, String name) throws IOException;

    /** What a label stands for, whether there is such an object or not; empty when there is no such label. */
    Optional<String> pointed(String label) throws IOException;

    /**
     * Makes ready for putting: removes what other writers have left unfinished, and completes what they have left half done.
     *
     * @param own the draft that stays
     * @throws IllegalArgumentException when something that is no object stands in the way
     */
    void tidy(Path own) throws IOException;
}
