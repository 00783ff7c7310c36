package millrace.schedule.simulate;

import millrace.schedule.Action;
import millrace.schedule.Schedule;

/** When each action's input came; 0 for those that wait for no other stage. */
final class Arrivals {
    private final int microBatches;
    private final double[] activations;
    private final double[] deltas;

    Arrivals(Schedule schedule) {
        this.microBatches = schedule.microBatches();
        this.activations = new double[schedule.stages() * microBatches];
        this.deltas = new double[schedule.stages() * microBatches];
    }

    double of(Action action) {
        int place = action.stage() * microBatches + action.microBatch();
        return switch (action.kind()) {
            case F -> activations[place];
            case B, I -> deltas[place];
            case W -> 0;
        };
    }

    /**
     * @param action a forward, or a backward by the name of its backward-input
     */
    void set(Action action, double time) {
        double[] times = action.kind() == Action.Kind.F ? activations : deltas;
        times[action.stage() * microBatches + action.microBatch()] = time;
    }
}
