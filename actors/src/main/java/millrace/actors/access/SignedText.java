package millrace.actors.access;

import java.util.List;
import java.util.stream.Collectors;

/** Texts that are signed, made of parts. */
public final class SignedText {
    private SignedText() {}

    /** All parts with their lengths, so that nothing can be moved from one into another. */
    public static String of(List<String> parts) {
        return parts.stream().map(part -> part.length() + ":" + part).collect(Collectors.joining(","));
    }
}
