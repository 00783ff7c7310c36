package millrace.app.study;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import millrace.app.config.CostFile;
import millrace.app.config.MemorySize;
import millrace.app.config.ProfileFile;
import millrace.nn.model.Model;
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
     * @param replicas numbers of copies of the line that may be taken
     * @param memory bytes that each rank may hold; infinite for no limit
     * @param schedules names; all that there are where it is empty
     * @param byLayer whether single layers of a stage may recompute
     */
    public record Wanted(
            int ranks,
            List<Integer> replicas,
            int batch,
            double memory,
            List<String> schedules,
            Recomputing recomputing,
            boolean byLayer,
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
    public static Planning of(ProfileFile file, PlannedNetwork network) {
        Model model = network.model();
        NetworkProfile profile = file.profile();
        List<Integer> starts = network.starts();
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
            requireWeights(network, profile);
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

    private static void requireWeights(PlannedNetwork network, NetworkProfile profile) {
        for (int i = 0; i < network.starts().size(); i++) {
            double bytes = network.weightBytes(i);
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
                        wanted.replicas(),
                        wanted.batch(),
                        wanted.memory(),
                        names,
                        cuts,
                        wanted.recomputing(),
                        wanted.byLayer(),
                        wanted.synchronizedStep(),
                        leastSamples,
                        wanted.top()),
                enough);
    }

    /** The first layer of each stage, counted in the network. */
    public List<Integer> partition(Plan plan) {
        return plan.starts().stream().map(firstLayers::get).toList();
    }

    /** The layers that recompute, counted in the network. */
    public List<Integer> recomputedLayers(Plan plan) {
        return plan.recomputedLayers().stream().flatMap(this::layersOf).toList();
    }

    private Stream<Integer> layersOf(int entry) {
        return IntStream.range(firstLayer(entry), firstLayer(entry + 1)).boxed();
    }

    private int firstLayer(int entry) {
        return entry < firstLayers.size() ? firstLayers.get(entry) : layers;
    }

    /** Entries of the profile that a stage has. */
    private List<Integer> entries(Plan plan, int stage) {
        List<Integer> starts = plan.starts();
        int end = stage + 1 < starts.size() ? starts.get(stage + 1) : firstLayers.size();
        return IntStream.range(starts.get(stage), end).boxed().toList();
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
        settings.put("pipeline.replicas", plan.replicas());
        settings.put("pipeline.micro-batches", plan.microBatches());
        settings.put("pipeline.layout", layout(plan));
        List<Integer> whole = plan.recomputed().stream()
                .filter(stage -> plan.recomputedLayers().containsAll(entries(plan, stage)))
                .toList();
        settings.put("pipeline.recompute", whole.isEmpty() ? false : whole);
        settings.put(
                "pipeline.recompute-layers",
                plan.recomputed().stream()
                        .filter(stage -> !whole.contains(stage))
                        .flatMap(stage -> entries(plan, stage).stream())
                        .filter(entry -> plan.recomputedLayers().contains(entry))
                        .flatMap(this::layersOf)
                        .toList());
        plan.orderedBy().ifPresent(costs -> settings.put("pipeline.cost", CostFile.block(costs)));
        return settings;
    }
}
