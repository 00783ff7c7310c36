package millrace.actors.rank;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import millrace.actors.rank.Work.Send;
import org.jspecify.annotations.Nullable;

/**
 * Messages that are ready in the middle of a piece of work: a layer's gradients are complete while the backward goes on with
 * the layers before it. They leave at once where somebody takes them, and otherwise together with what the work sends.
 */
final class Outbox {
    private final List<Send> gathered = new ArrayList<>();
    private @Nullable Consumer<Send> taker;

    /** From now on messages leave at once, on the thread that works. */
    void leaveBy(Consumer<Send> who) {
        taker = who;
    }

    void send(Send send) {
        if (taker == null) {
            gathered.add(send);
        } else {
            taker.accept(send);
        }
    }

    /** The work with what has become ready during it and has not left yet. */
    Work emptiedInto(Work work) {
        if (gathered.isEmpty()) {
            return work;
        }
        List<Send> sends = new ArrayList<>(gathered);
        gathered.clear();
        sends.addAll(work.sends());
        return new Work(work.step(), work.task(), work.weights(), sends, work.outcomes());
    }
}
