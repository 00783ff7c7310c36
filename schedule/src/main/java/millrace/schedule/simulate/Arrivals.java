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
            case W, R -> 0;
        };
    }

    /**
     * @param forward whether it is an activation, not an error delta
     */
    void set(int stage, boolean forward, int microBatch, double time) {
        double[] times = forward ? activations : deltas;
        times[stage * microBatches + microBatch] = time;
    }
}
