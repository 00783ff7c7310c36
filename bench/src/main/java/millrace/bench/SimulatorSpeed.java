package millrace.bench;

import java.io.PrintStream;
import java.util.Locale;
import millrace.schedule.Costs;
import millrace.schedule.PipelineShape;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
import millrace.schedule.simulate.Simulation;
import millrace.schedule.simulate.Simulator;

/**
 * How fast schedules are generated, validated and simulated: 1f1b of 1,024 ranks and 4,096 micro-batches, 8.4 million
 * actions, three times in one JVM. The first is what a command sees, the last what a sweep sees.
 */
public final class SimulatorSpeed {
    private static final PipelineShape LARGE = new PipelineShape(1024, 1, 4096);
    private static final int TIMES = 3;

    private SimulatorSpeed() {}

    public static void main(String[] arguments) {
        PrintStream out = System.out;
        for (int time = 0; time < TIMES; time++) {
            long begin = System.nanoTime();
            Schedule schedule = Schedules.generate("1f1b", LARGE);
            long generated = System.nanoTime();
            Simulation simulation = Simulator.simulate(schedule, Costs.uniform(LARGE, 1, 1, 1, 0.1, 1));
            long simulated = System.nanoTime();
            Runtime runtime = Runtime.getRuntime();
            out.printf(
                    Locale.ROOT,
                    "{\"actions\":%d,\"generate_and_validate_s\":%.2f,\"simulate_s\":%.2f,"
                            + "\"simulated_actions_per_s\":%.0f,\"heap_mb\":%d,\"makespan\":%s}%n",
                    simulation.actions(),
                    (generated - begin) / 1e9,
                    (simulated - generated) / 1e9,
                    simulation.actions() / ((simulated - generated) / 1e9),
                    (runtime.totalMemory() - runtime.freeMemory()) >> 20,
                    simulation.makespan());
        }
    }
}
