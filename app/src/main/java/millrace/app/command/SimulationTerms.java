package millrace.app.command;

import millrace.schedule.Schedule;
import millrace.schedule.simulate.SimulationOptions;
import picocli.CommandLine.Option;

/** What a simulation assumes beside the costs. */
final class SimulationTerms {
    @Option(
            names = "--synchronized-step",
            description =
                    "no rank makes its optimizer step before all have finished, as clipping by the norm of the whole gradient needs it")
    private boolean synchronizedStep;

    @Option(names = "--step-time", paramLabel = "T", defaultValue = "0", description = "time of the optimizer step")
    private double stepTime;

    @Option(
            names = "--exchange-cost",
            paramLabel = "C",
            defaultValue = "0",
            description =
                    "time in which replicas add up the gradients of all layers of a rank, beside what ranks compute (default: 0)")
    private double exchangeCost;

    @Option(
            names = "--jitter",
            paramLabel = "J",
            defaultValue = "0",
            description =
                    "vary the time of each action and message at random, by at most this share, as in 0.1 (default: 0)")
    private double jitter;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "1",
            description = "seed of the random times of --jitter")
    private long seed;

    @Option(
            names = "--memory-limit",
            paramLabel = "L",
            defaultValue = "Infinity",
            description =
                    "refuse schedules of which a rank holds the activations of more micro-batches (default: no limit)")
    private double memoryLimit;

    /** @throws IllegalArgumentException on a number that makes no sense */
    SimulationOptions options() {
        Given.require("--step-time", stepTime, stepTime >= 0, "0 or more");
        Given.require("--exchange-cost", exchangeCost, exchangeCost >= 0 && exchangeCost <= 1e12, "0 to 1.0E12");
        Given.require("--jitter", jitter, jitter >= 0 && jitter < 1, "0 to below 1");
        Given.require("--memory-limit", memoryLimit, memoryLimit > 0, "above 0");
        return new SimulationOptions(synchronizedStep, stepTime, jitter, seed, memoryLimit, exchangeCost);
    }

    /** @throws IllegalArgumentException when something is to be exchanged that exists once */
    void requireFit(Schedule schedule) {
        if (exchangeCost > 0 && schedule.placement().replicas().size() == 1) {
            throw new IllegalArgumentException("--exchange-cost: " + exchangeCost
                    + " without replicas (expected: 0, there is nobody to exchange with); set --replicas 2 or more");
        }
    }

    double jitter() {
        return jitter;
    }
}
