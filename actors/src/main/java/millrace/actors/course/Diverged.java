package millrace.actors.course;

/** The loss of a run is no finite number any more. */
public final class Diverged extends IllegalStateException {
    private static final long serialVersionUID = 1;

    Diverged(double loss, long step) {
        super("loss: " + loss + " at step " + step
                + " (expected: a finite number); lower the learning rate or clip the gradients");
    }
}
