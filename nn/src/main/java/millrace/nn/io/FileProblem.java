package millrace.nn.io;

/** The one form that every error about a file has here: {@code FILE: what (expected: ...); remedy}, on one line. */
final class FileProblem {
    static final String DAMAGED = "the file is damaged or no safetensors file, copy or write it again";
    static final String CUT_SHORT = "the file is cut short, copy or write it again";
    private static final int LONGEST_NAME = 80;

    private FileProblem() {}

    static IllegalArgumentException of(String file, String what, String expected, String remedy) {
        return new IllegalArgumentException(message(file, what, expected, remedy));
    }

    static String message(String file, String what, String expected, String remedy) {
        return file + ": " + what + " (expected: " + expected + "); " + remedy;
    }

    /** A text from a file, made safe to show: it may be damaged, hold line breaks, or be megabytes long. */
    static String shown(String text) {
        return Json.quote(text.length() > LONGEST_NAME ? text.substring(0, LONGEST_NAME) + "..." : text);
    }
}
