package millrace.schedule;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a rank does at one place of its order: an action, or two in one slot of time. */
public sealed interface Cell permits Action, Fused {
    /** The actions in the order in which they are computed. */
    List<Action> actions();

    /**
     * The cell that a text stands for: {@code 2F0}, or {@code (0F7;7B3)}, with or without torch's ending
     * {@code OVERLAP_F_B}.
     *
     * @throws IllegalArgumentException when the text is neither
     */
    static Cell parse(String text) {
        Matcher fused = Forms.FUSED.matcher(text);
        return fused.matches()
                ? new Fused(Action.parse(fused.group(1)), Action.parse(fused.group(2)))
                : Action.parse(text);
    }

    /** The pattern of the text of two fused actions: an interface has no private constants. */
    final class Forms {
        private static final Pattern FUSED = Pattern.compile("\\(\\s*(\\w+)\\s*;\\s*(\\w+)\\s*\\)(?:OVERLAP_F_B)?");

        private Forms() {}
    }
}
