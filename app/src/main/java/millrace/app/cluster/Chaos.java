package millrace.app.cluster;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingListener;
import millrace.actors.node.ClusterNode;
import millrace.actors.node.LocalCluster;

/**
 * Faults on purpose, for simulated clusters: {@code kill-worker=1@step100} ends the second node as a crash would,
 * {@code partition=0|1,2@step200+5s} cuts the first node off from the second and third for five seconds; nodes that are
 * not named, the command's own among them, stay on the side with more names, the right one when there are as many. Nodes
 * are counted from 0 in the order in which they were started. {@code crashes=200@seed7} crashes nodes drawn at random, at
 * steps drawn at random, and starts each of them again.
 */
public final class Chaos {
    /** Nothing breaks. */
    public static final Chaos NONE = new Chaos(List.of(), List.of());

    private static final Pattern FAULT = Pattern.compile(
            "kill-worker=(?<victim>\\d{1,9})@step(?<at>\\d{1,18})"
                    + "|crashes=(?<crashes>[1-9]\\d{0,5})(@seed(?<seed>\\d{1,18}))?"
                    + "|partition=(?<one>\\d{1,9}(,\\d{1,9})*)\\|(?<other>\\d{1,9}(,\\d{1,9})*)@step(?<from>\\d{1,18})\\+(?<seconds>\\d{1,9})s");

    private final List<Fault> faults;
    private final List<RandomCrashes> crashes;

    private sealed interface Fault {
        long step();

        Stream<Integer> nodes();
    }

    private record Kill(int victim, long step) implements Fault {
        @Override
        public Stream<Integer> nodes() {
            return Stream.of(victim);
        }
    }

    private record Cut(List<Integer> one, List<Integer> other, long step, long seconds) implements Fault {
        @Override
        public Stream<Integer> nodes() {
            return Stream.concat(one.stream(), other.stream());
        }
    }

    private Chaos(List<Fault> faults, List<RandomCrashes> crashes) {
        this.faults = faults;
        this.crashes = crashes;
    }

    /**
     * @param text faults with commas between; empty for none
     * @throws IllegalArgumentException on anything else
     */
    public static Chaos parse(String text) {
        List<Fault> faults = new ArrayList<>();
        List<RandomCrashes> crashes = new ArrayList<>();
        Matcher matcher = FAULT.matcher(text);
        int end = 0;
        while (end < text.length()) {
            if (!matcher.find(end) || matcher.start() != end) {
                throw problem(text);
            }
            if (matcher.group("crashes") != null) {
                crashes.add(crashes(matcher));
            } else {
                faults.add(matcher.group("victim") != null ? kill(matcher) : cut(matcher));
            }
            end = matcher.end();
            if (end < text.length()) {
                if (text.charAt(end) != ',' || end + 1 == text.length()) {
                    throw problem(text);
                }
                end++;
            }
        }
        return new Chaos(faults, crashes);
    }

    private static IllegalArgumentException problem(String text) {
        return new IllegalArgumentException("--chaos: " + text
                + " (expected: kill-worker=NODE@stepN, partition=NODES|NODES@stepN+SECONDSs, crashes=COUNT and crashes=COUNT@seedN with"
                + " commas between, as in kill-worker=1@step100,partition=0|1@step200+5s)");
    }

    private static Fault kill(Matcher matcher) {
        return new Kill(Integer.parseInt(matcher.group("victim")), Long.parseLong(matcher.group("at")));
    }

    private static Fault cut(Matcher matcher) {
        return new Cut(
                numbers(matcher.group("one")),
                numbers(matcher.group("other")),
                Long.parseLong(matcher.group("from")),
                Long.parseLong(matcher.group("seconds")));
    }

    private static RandomCrashes crashes(Matcher matcher) {
        String seed = matcher.group("seed");
        return new RandomCrashes(
                Integer.parseInt(matcher.group("crashes")),
                seed == null ? System.nanoTime() & 0xffff : Long.parseLong(seed));
    }

    private static List<Integer> numbers(String list) {
        return List.of(list.split(",")).stream().map(Integer::parseInt).toList();
    }

    /** Whether links have to be such that they can be cut. */
    public boolean cutsLinks() {
        return faults.stream().anyMatch(Cut.class::isInstance);
    }

    /**
     * A listener that lets things break when their step has come.
     *
     * @param lastStep of the run
     * @param outputs told what breaks
     * @throws IllegalArgumentException when there is no such node
     */
    public TrainingListener watching(Nodes nodes, ClusterNode own, long lastStep, TrainingListener outputs) {
        if (faults.isEmpty() && crashes.isEmpty()) {
            return TrainingListener.SILENT;
        }
        if (!(nodes instanceof SimulatedNodes(LocalCluster victims))) {
            throw new IllegalArgumentException("--chaos: nodes of other processes (expected: simulated ones)");
        }
        faults.stream().flatMap(Fault::nodes).forEach(node -> requireNode(node, victims.count()));
        Set<Fault> happened = new HashSet<>();
        List<TrainingListener> listeners = new ArrayList<>();
        crashes.forEach(each -> listeners.add(each.watching(victims, lastStep, outputs)));
        listeners.add(event -> {
            if (event instanceof TrainingEvent.Step made) {
                for (Fault fault : faults) {
                    if (fault.step() <= made.step() && happened.add(fault)) {
                        happen(fault, victims, own, outputs);
                    }
                }
            }
        });
        return TrainingListener.all(listeners.toArray(TrainingListener[]::new));
    }

    private static void requireNode(int node, int count) {
        if (node >= count) {
            throw new IllegalArgumentException(
                    "--chaos: node " + node + " (expected: 0 to " + (count - 1) + ", as many as were started)");
        }
    }

    private static void happen(Fault fault, LocalCluster nodes, ClusterNode own, TrainingListener outputs) {
        switch (fault) {
            case Kill(int victim, long _) -> {
                outputs.onEvent(new TrainingEvent.Noticed(
                        "chaos: node " + victim + ", " + nodes.node(victim).address() + ", crashes"));
                nodes.kill(victim);
            }
            case Cut cut -> {
                outputs.onEvent(new TrainingEvent.Noticed("chaos: nodes " + cut.one() + " and " + cut.other()
                        + " lose each other for " + cut.seconds() + " s"));
                List<ClusterNode> left = new ArrayList<>();
                List<ClusterNode> right = new ArrayList<>(List.of(own));
                boolean othersLeft = cut.one().size() > cut.other().size();
                for (int node = 0; node < nodes.count(); node++) {
                    boolean named = cut.one().contains(node) || cut.other().contains(node);
                    boolean isLeft = named ? cut.one().contains(node) : othersLeft;
                    (isLeft ? left : right).add(nodes.node(node));
                }
                if (othersLeft) {
                    right.remove(own);
                    left.add(own);
                }
                links(left, right, true);
                Executor later = CompletableFuture.delayedExecutor(cut.seconds(), TimeUnit.SECONDS);
                CompletableFuture<Void> _ = CompletableFuture.runAsync(() -> links(left, right, false), later);
            }
        }
    }

    private static void links(List<ClusterNode> left, List<ClusterNode> right, boolean cut) {
        for (ClusterNode a : left) {
            for (ClusterNode b : right) {
                a.cutOff(b.address(), cut);
                b.cutOff(a.address(), cut);
            }
        }
    }
}
