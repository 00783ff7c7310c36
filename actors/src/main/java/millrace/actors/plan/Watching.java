package millrace.actors.plan;

import java.util.Optional;
import millrace.nn.optimizer.Plateau;

/**
 * What a run does about the loss that it watches after each epoch: the validation set's, without one the test set's,
 * without either that of the training.
 *
 * @param patience epochs without improvement after which the run ends, empty for never
 * @param restoresBest whether a run that ends by itself takes back the weights of its best epoch
 * @param plateau when the learning rate falls
 */
public record Watching(Optional<Integer> patience, boolean restoresBest, Optional<Plateau> plateau) {
    /** Nothing. */
    public static final Watching NOTHING = new Watching(Optional.empty(), false, Optional.empty());

    /** The run may end early. */
    public static Watching stopping(Optional<Integer> patience) {
        return new Watching(patience, false, Optional.empty());
    }

    /** Whether a run has to stand still after each epoch to know how it goes on. */
    public boolean decides() {
        return patience.isPresent() || restoresBest || plateau.isPresent();
    }
}
