package millrace.app.command;

/** How the program ends, for the shell; 0 when all went well. */
public final class ExitStatus {
    /** Of a run that failed. */
    public static final int FAILED = 1;
    /** When the words, the file or the data were wrong. */
    public static final int BAD_INPUT = 2;

    /** When nobody reads the output any more, as of tools that SIGPIPE ends: 128 + 13. */
    public static final int CLOSED_PIPE = 141;

    private ExitStatus() {}
}
