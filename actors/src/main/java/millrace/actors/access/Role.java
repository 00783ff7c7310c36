package millrace.actors.access;

import java.util.Locale;

/** What the holder of a certificate may do. */
public enum Role {
    /** Be a node: hold stages of runs, and lead them. */
    WORKER("hold stages"),
    /** Have runs trained, and end them. */
    SUBMITTER("train, or end a run"),
    /** Ask how it is going; whoever has another role may too. */
    VIEWER("ask how it is going");

    private final String deed;

    Role(String deed) {
        this.deed = deed;
    }

    /** What it is for, as in "expected: submitter, to train". */
    String deed() {
        return deed;
    }

    /** As settings and certificates have it. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
