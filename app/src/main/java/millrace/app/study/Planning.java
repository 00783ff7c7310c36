package millrace.app.study;

import com.typesafe.config.Config;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import millrace.app.config.BenchSetup;
import millrace.app.config.MemorySize;
import millrace.app.config.ProfileFile;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.schedule.Generator;
import millrace.schedule.Schedules;
import millrace.schedule.auto.LayerProfile;
import millrace.schedule.auto.NetworkProfile;
import millrace.schedule.auto.Plan;
import millrace.schedule.auto.PlanRequest;
import millrace.schedule.auto.PlanRequest.Recomputing;
import millrace.schedule.auto.PlanTable;
import millrace.schedule.auto.Planner;

/**
 * The search for the best plan of a network whose profile is known. A profile lists either every layer of the network or one entry for
 * each that may begin a stage, together with those that follow it.
 *
 * @param profile what the network takes and holds
 * @param cuts entries of the profile that may begin a stage
 * @param firstLayers for each entry the layer of the network that it begins with
 * @param layers of the network
 * @param leastSamples of a micro-batch
 */
public record Planning(
        NetworkProfile profile, SortedSet<Integer> cuts, List<Integer> firstLayers, int layers, int leastSamples) {
    /**
     * What is wanted.
     *
     * @param memory bytes that each rank may hold; infinite for no limit
     * @param schedules names; all that there are where it is empty
     */
    public record Wanted(
            int ranks,
            int batch,
            double memory,
            List<String> schedules,
            Recomputing recomputing,
            boolean synchronizedStep,
            int top) {}

    /** Of a profile alone, without a network that it is of: every entry is a layer, and may begin a stage. */
    public static Planning of(NetworkProfile profile) {
        int layers = profile.layers().size();
        SortedSet<Integer> cuts = PlanRequest.anywhere(layers);
        return new Planning(profile, cuts, List.copyOf(cuts), layers, 1);
    }

    /**
     * Of a network.
     *
     * @throws IllegalArgumentException when the profile is another network's
     */
    public static Planning of(ProfileFile file, Config config) {
        Model model = BenchSetup.of(config, 1).model();
        NetworkProfile profile = file.profile();
        List<Integer> starts = Partition.starts(model);
        int layers = model.layers().size();
        int entries = profile.layers().size();
        file.network().filter(name -> !name.equals(model.name())).ifPresent(name -> {
            throw new IllegalArgumentException("profile: of the network " + name + " (expected: of " + model.name()
                    + "); measure it with millrace profile");
        });
        if (entries != layers && entries != starts.size()) {
            throw new IllegalArgumentException("profile: " + entries + " layers (expected: " + layers + ", all of "
                    + model.name() + ", or " + starts.size()
                    + ", those with weights, each with what follows it); measure it with millrace profile");
        }
        if (file.network().isPresent() && entries == starts.size()) {
            requireWeights(model, starts, profile);
        }
        // small products are slower than a line through the times of larger ones says; who writes a profile by hand
        // knows
        int least = file.network().isPresent()
                ? profile.layers().getFirst().sizes().getFirst().samples()
                : 1;
        return entries == starts.size()
                ? new Planning(profile, PlanRequest.anywhere(entries), starts, layers, least)
                : new Planning(
                        profile, new TreeSet<>(starts), List.copyOf(PlanRequest.anywhere(layers)), layers, least);
    }

    /** The stages that the network of a run can be cut into, at most. */
    public static int mostStages(Config config) {
        return Partition.starts(BenchSetup.of(config, 1).model()).size();
    }

    private static void requireWeights(Model model, List<Integer> starts, NetworkProfile profile) {
        for (int i = 0; i < starts.size(); i++) {
            int end = i + 1 < starts.size() ? starts.get(i + 1) : model.layers().size();
            double bytes = (double) Float.BYTES * model.parameterCount(starts.get(i), end);
            LayerProfile layer = profile.layers().get(i);
            if (layer.weightBytes() != bytes) {
                throw new IllegalArgumentException("profile: layer " + layer.name() + " has weights of "
                        + MemorySize.text(layer.weightBytes()) + " (expected: " + MemorySize.text(bytes)
                        + ", as the network of this run); measure it with millrace profile");
            }
        }
    }

    /** The same on ranks of other speeds; 1 is as fast as the one that was measured. */
    public Planning onRanks(List<Double> speeds) {
        return new Planning(profile.onRanks(speeds), cuts, firstLayers, layers, leastSamples);
    }

    /** Searches until it is enough. */
    public PlanTable search(Wanted wanted, BooleanSupplier enough) {
        List<String> names = wanted.schedules().isEmpty()
                ? Schedules.all().stream().map(Generator::name).toList()
                : wanted.schedules();
        return Planner.search(
                profile,
                new PlanRequest(
                        wanted.ranks(),
                        wanted.batch(),
                        wanted.memory(),
                        names,
                        cuts,
                        wanted.recomputing(),
                        wanted.synchronizedStep(),
                        leastSamples,
                        wanted.top()),
                enough);
    }

    /** The first layer of each stage, counted in the network. */
    public List<Integer> partition(Plan plan) {
        return plan.starts().stream().map(firstLayers::get).toList();
    }

    /** As {@code pipeline.layout} has it: how many layers each stage holds. */
    public String layout(Plan plan) {
        List<Integer> starts = new ArrayList<>(partition(plan));
        starts.add(layers);
        List<Integer> counts = new ArrayList<>();
        for (int stage = 0; stage + 1 < starts.size(); stage++) {
            counts.add(starts.get(stage + 1) - starts.get(stage));
        }
        return counts.stream().map(String::valueOf).collect(Collectors.joining("|"));
    }

    /** The settings of a run file that train by a plan. */
    public Map<String, Object> settings(Plan plan) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("pipeline.schedule", plan.schedule());
        settings.put("pipeline.ranks", plan.shape().ranks());
        settings.put("pipeline.chunks", plan.shape().chunks());
        settings.put("pipeline.micro-batches", plan.shape().microBatches());
        settings.put("pipeline.layout", layout(plan));
        settings.put("pipeline.recompute", plan.recomputed().isEmpty() ? false : List.copyOf(plan.recomputed()));
        return settings;
    }
}
