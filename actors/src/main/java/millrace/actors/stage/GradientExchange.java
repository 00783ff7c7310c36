package millrace.actors.stage;

import java.util.Optional;
import millrace.actors.stage.StageCore.Effect;

/** What a rank does about gradients that it shares with other ranks, between the last backward of a batch and its step. */
interface GradientExchange {
    /** The gradients are what the step needs. */
    Effect SUMMED = new Effect.GradientSummed();

    /** Whether the gradients of a batch are what its step needs. */
    boolean isDone(long batch);

    /** What is to be done for a batch all of whose backwards are done; empty while another's share is missing. */
    Optional<Effect> work(long batch);

    /** Shares that no step has taken. */
    int left();
}
