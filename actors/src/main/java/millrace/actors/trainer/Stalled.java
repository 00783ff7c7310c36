package millrace.actors.trainer;

/** A run that waits for ever: says what every rank waits for. */
public final class Stalled extends IllegalStateException {
    private static final long serialVersionUID = 1;

    Stalled(String complaint) {
        super(complaint);
    }
}
