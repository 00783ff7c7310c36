package millrace.app.cluster;

import java.util.List;
import java.util.PrimitiveIterator;
import java.util.Random;
import java.util.stream.IntStream;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingListener;
import millrace.actors.node.LocalCluster;

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
        PrimitiveIterator.OfLong steps = new Random(seed)
                .longs(count, 1, Math.max(2, (long) (lastStep * PART)))
                .sorted()
                .iterator();
        Random victims = new Random(~seed);
        return new TrainingListener() {
            private long next = steps.nextLong();

            @Override
            public void onEvent(TrainingEvent event) {
                if (event instanceof TrainingEvent.Step made) {
                    while (next <= made.step()) {
                        crashOne(nodes, victims, outputs);
                        next = steps.hasNext() ? steps.nextLong() : Long.MAX_VALUE;
                    }
                }
            }
        };
    }

    private static void crashOne(LocalCluster nodes, Random random, TrainingListener outputs) {
        List<Integer> alive = IntStream.range(0, nodes.count())
                .filter(node -> !nodes.node(node).ended().toCompletableFuture().isDone())
                .boxed()
                .toList();
        if (alive.isEmpty()) {
            return;
        }
        int victim = alive.get(random.nextInt(alive.size()));
        outputs.onEvent(new TrainingEvent.Noticed("chaos: node " + victim + ", "
                + nodes.node(victim).address() + ", crashes; another one takes its place"));
        nodes.crash(victim);
    }
}
