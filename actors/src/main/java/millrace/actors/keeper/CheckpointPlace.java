package millrace.actors.keeper;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import millrace.actors.fetch.FileDigest;
import millrace.actors.keeper.KeeperProtocol.KeptCheckpoint;

/**
 * A checkpoint of a run that its nodes keep between them.
 *
 * @param run name of its run
 * @param checkpoint its name and its manifest's digest: which says all the rest
 */
public record CheckpointPlace(String run, KeptCheckpoint checkpoint) {
    private static final Pattern TEXT = Pattern.compile("kept:([^/]+)/([^/]+)/([0-9a-f]{64})/(\\d{1,18})");

    /** As it travels in the place of a folder's path, which never begins like this. */
    public String text() {
        FileDigest manifest = checkpoint.manifest();
        return "kept:" + run + "/" + checkpoint.name() + "/" + manifest.sha256() + "/" + manifest.bytes();
    }

    /** Of what {@link #text} has made; empty for anything else. */
    public static Optional<CheckpointPlace> parse(String text) {
        Matcher found = TEXT.matcher(text);
        return found.matches()
                ? Optional.of(new CheckpointPlace(
                        found.group(1),
                        new KeptCheckpoint(
                                found.group(2), new FileDigest(found.group(3), Long.parseLong(found.group(4))))))
                : Optional.empty();
    }

    /** For people. */
    public String inWords() {
        return run + "/" + checkpoint.name();
    }
}
