package millrace.app.cluster;

import java.nio.file.Path;
import java.util.Optional;

/** Where a node keeps what it has to remember, and Akka's log is: MILLRACE_STATE, or a folder in the user's home. */
public final class StateFolder {
    private StateFolder() {}

    /** Its path; it need not be there. */
    public static Path path() {
        return Path.of(Optional.ofNullable(System.getProperty("millrace.state"))
                .or(() -> Optional.ofNullable(System.getenv("MILLRACE_STATE")))
                .filter(folder -> !folder.isBlank())
                .orElseGet(() -> Path.of(System.getProperty("user.home", "."), ".millrace")
                        .toString()));
    }
}
