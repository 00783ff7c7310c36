package millrace.app.cluster;

import java.util.HashSet;
import java.util.List;
import java.util.PrimitiveIterator;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingListener;
import millrace.actors.node.ClusterNode;
import millrace.actors.node.LocalCluster;
import org.jspecify.annotations.Nullable;

/**
 * Crashes of simulated nodes, drawn at random; a new node is started in the place of each.
 *
 * @param count how many, over the whole run
 * @param seed of steps and victims
 */
record RandomCrashes(int count, long seed) {
    // a run that is almost over has nothing left to recover
    private static final double PART = 0.95;

    /**
     * A listener that lets nodes crash when the steps drawn have been made, several at once where they fall together.
     *
     * @param lastStep of the run
     * @param outputs told what crashes
     */
    TrainingListener watching(LocalCluster nodes, long lastStep, TrainingListener outputs) {
        outputs.onEvent(new TrainingEvent.Noticed("chaos: " + count + " crashes, seed " + seed));
        Random victims = new Random(~seed);
        Set<ClusterNode> crashed = new HashSet<>();
        return new TrainingListener() {
            private PrimitiveIterator.@Nullable OfLong steps;
            private long next;

            @Override
            public void onEvent(TrainingEvent event) {
                if (event instanceof TrainingEvent.Step made) {
                    PrimitiveIterator.OfLong all = steps == null ? drawn(made.step(), lastStep) : steps;
                    if (steps == null) {
                        steps = all;
                        next = all.nextLong();
                    }
                    while (next <= made.step() && crashOne(nodes, victims, crashed, outputs)) {
                        next = all.hasNext() ? all.nextLong() : Long.MAX_VALUE;
                    }
                }
            }
        };
    }

    /** Ascending, from the first step that is made, which in a run that goes on is not the first one. */
    private PrimitiveIterator.OfLong drawn(long first, long lastStep) {
        return new Random(seed)
                .longs(count, first, Math.max(first + 1, first + (long) ((lastStep - first) * PART)))
                .sorted()
                .iterator();
    }

    /** Whether there was one that had not crashed before. */
    private static boolean crashOne(
            LocalCluster nodes, Random random, Set<ClusterNode> crashed, TrainingListener outputs) {
        // those in whose place another is have gone: a run with hundreds of crashes would run out of memory
        Set<ClusterNode> here =
                IntStream.range(0, nodes.count()).mapToObj(nodes::node).collect(Collectors.toSet());
        crashed.retainAll(here);
        List<Integer> alive = IntStream.range(0, nodes.count())
                .filter(number -> !crashed.contains(nodes.node(number)))
                .boxed()
                .toList();
        if (alive.isEmpty()) {
            return false;
        }
        int victim = alive.get(random.nextInt(alive.size()));
        ClusterNode node = nodes.node(victim);
        crashed.add(node);
        outputs.onEvent(new TrainingEvent.Noticed(
                "chaos: node " + victim + ", " + node.address() + ", crashes; another one takes its place"));
        nodes.crash(victim);
        return true;
    }
}
