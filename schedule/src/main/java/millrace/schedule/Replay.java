package millrace.schedule;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import millrace.schedule.Action.Kind;

/**
 * Works off the orders of all ranks as far as they go, rank by rank, each as long as the inputs of its next action are
 * there. So every action is visited after all that it waits for, in time linear in the number of actions. It knows no
 * time; a visitor that wants times, such as the simulator, computes them on the way.
 */
public final class Replay {
    private final Schedule schedule;
    private final List<Sequencer> sequencers;

    /** Told of each action once, after all that it waits for. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * An action was worked off.
         *
         * @param rank that did it
         * @param position of the action in its rank's order, from 0
         * @param action that was done
         */
        void performed(int rank, int position, Action action);
    }

    /** Stands at the beginning of a schedule, valid or not. */
    public Replay(Schedule schedule) {
        this.schedule = schedule;
        this.sequencers = Sequencer.of(schedule);
    }

    /** For each rank its state; after {@link #run} at the end of its order, or where it waits forever. */
    public List<Sequencer> sequencers() {
        return sequencers;
    }

    /** Runs until no rank can go on; true when all orders are done. */
    public boolean run(Visitor visitor) {
        Deque<Integer> runnable = new ArrayDeque<>();
        boolean[] queued = new boolean[schedule.ranks()];
        for (int rank = 0; rank < schedule.ranks(); rank++) {
            runnable.add(rank);
            queued[rank] = true;
        }
        while (!runnable.isEmpty()) {
            int rank = runnable.removeLast();
            queued[rank] = false;
            Sequencer sequencer = sequencers.get(rank);
            for (Action action = sequencer.poll(); action != null; action = sequencer.poll()) {
                visitor.performed(rank, sequencer.position() - 1, action);
                int stage = Dependencies.receiver(action, schedule.stages());
                if (stage >= 0) {
                    int receiver = schedule.rankOf(stage, action.microBatch());
                    sequencers.get(receiver).arrived(0, stage, action.kind() == Kind.F, action.microBatch());
                    if (receiver != rank && !queued[receiver]) {
                        runnable.add(receiver);
                        queued[receiver] = true;
                    }
                }
            }
        }
        return sequencers.stream().allMatch(Sequencer::finished);
    }
}
