package millrace.actors.cluster;

import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import millrace.actors.course.Course;
import millrace.actors.course.Course.Next;
import millrace.actors.event.TrainingListener;
import millrace.actors.memory.HeldFiles;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Snapshot;
import millrace.actors.plan.Start;
import millrace.actors.rank.RankAtRest;
import millrace.actors.rank.RankCore;
import millrace.actors.rank.StepWord;
import millrace.actors.rank.Work;
import millrace.actors.rank.Work.Outcome;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import millrace.nn.optimizer.GradientGuard;
import millrace.nn.stage.LossSum;
import millrace.nn.tensor.Tensor;

/**
 * A line whose ranks step together, each on a worker of its own, without actors and time: any message may overtake any other, but
 * what a rank reports comes in order. Now and then some ranks are lost, with the trainer and all that is under way, and the run goes
 * on from what is left, as {@link AtRest} says.
 */
final class LossyLine implements AutoCloseable {
    private final RunPlan plan;
    private final Random random;
    private final TrainingListener listener;
    private final int moves;
    private final Seen seen;
    private final List<RankCore> cores = new ArrayList<>();
    private final List<Runnable> underWay = new ArrayList<>();
    private final List<Deque<Runnable>> reports = new ArrayList<>();
    // of the batch that is under way
    private final Set<Integer> ready = new HashSet<>();
    private final NavigableMap<Integer, List<Double>> squares = new TreeMap<>();
    private final NavigableMap<Integer, LossSum> losses = new TreeMap<>();
    private Course course;
    private Start saved = Start.FRESH;
    // moves until something is lost
    private int left;
    private long runEpoch;

    /** How often something has happened. */
    static final class Seen {
        private final AtomicInteger whole = new AtomicInteger();
        private final AtomicInteger lost = new AtomicInteger();
        private final AtomicInteger broughtUp = new AtomicInteger();
        private final AtomicInteger heardByTheLost = new AtomicInteger();

        int[] all() {
            return Stream.of(whole, lost, broughtUp, heardByTheLost)
                    .mapToInt(AtomicInteger::get)
                    .toArray();
        }
    }

    /**
     * @param moves between two losses, at most
     */
    LossyLine(RunPlan plan, Random random, TrainingListener listener, int moves, Seen seen) {
        this.plan = plan;
        this.random = random;
        this.listener = listener;
        this.moves = moves;
        this.seen = seen;
        this.course = new Course(plan, listener, System::nanoTime);
        begin(Start.FRESH);
    }

    private void begin(Start start) {
        close();
        runEpoch++;
        RunPlan from = plan.from(start);
        course = new Course(from, listener, System::nanoTime);
        underWay.clear();
        reports.clear();
        ready.clear();
        squares.clear();
        losses.clear();
        for (int rank = 0; rank < plan.order().ranks(); rank++) {
            RankCore core = RankCore.of(from, rank, runEpoch);
            core.advance(plan.lastStep(), 1);
            cores.add(core);
            reports.add(new ArrayDeque<>());
        }
    }

    /**
     * Trains to the end.
     *
     * @return the digest of the weights
     */
    String run(int losses) {
        for (int loss = 0; loss < losses; loss++) {
            left = 1 + random.nextInt(moves);
            while (left > 0 && !isOver()) {
                move();
                left--;
            }
            loses();
        }
        while (!isOver()) {
            move();
        }
        cores.forEach(RankCore::checkDrained);
        List<Snapshot> stages = new ArrayList<>();
        for (int stage = 0; stage < plan.order().stages(); stage++) {
            int holder = plan.order().placement().ranksOf(stage).getFirst();
            int wanted = stage;
            cores.get(holder).snapshots(Arena.ofAuto()).stream()
                    .filter(part -> part.stage() == wanted)
                    .forEach(part -> stages.add(part.snapshot()));
        }
        return Snapshot.joined(stages).weightsSha256();
    }

    private boolean isOver() {
        return course.next() instanceof Next.Finish
                && underWay.isEmpty()
                && reports.stream().allMatch(Deque::isEmpty)
                && cores.stream().allMatch(core -> step(core) == plan.lastStep());
    }

    private static long step(RankCore core) {
        return core.atRest().orElseThrow().step();
    }

    private void move() {
        int rank = random.nextInt(cores.size());
        switch (random.nextInt(3)) {
            case 0 -> {
                if (!underWay.isEmpty()) {
                    underWay.remove(random.nextInt(underWay.size())).run();
                }
            }
            case 1 -> Optional.ofNullable(reports.get(rank).poll()).ifPresent(Runnable::run);
            default -> cores.get(rank).work().ifPresent(work -> did(rank, work));
        }
    }

    private void did(int rank, Work work) {
        work.sends().forEach(send -> underWay.add(() -> cores.get(send.to()).arrived(send.message())));
        for (Outcome outcome : work.outcomes()) {
            switch (outcome) {
                case Outcome.Measured(long _, var ofStages) -> reports.get(rank).add(() -> squares.putAll(ofStages));
                case Outcome.Ready now -> reports.get(rank).add(() -> readied(rank, now));
                case Outcome.BatchDone done -> {
                    if (done.replica().isPresent()) {
                        throw new IllegalStateException("a loss is told twice");
                    }
                }
                case Outcome.EvaluationDone _ -> throw new IllegalStateException("nothing is evaluated here");
            }
        }
    }

    /** The trainer's part. */
    private void readied(int rank, Outcome.Ready now) {
        now.replica().ifPresent(replica -> losses.put(replica, now.loss()));
        ready.add(rank);
        if (ready.size() < cores.size()) {
            return;
        }
        double whole = GradientGuard.sum(
                squares.values().stream().flatMap(List::stream).toList());
        course.stepped(losses.values().stream().reduce(LossSum.NONE, LossSum::plus), List.of());
        StepWord word = new StepWord(course.step(), whole, course.made());
        ready.clear();
        squares.clear();
        losses.clear();
        cores.forEach(core -> underWay.add(() -> core.stepNow(word)));
        // where some have heard of a step and others have not is where it matters
        if (random.nextInt(3) == 0) {
            left = Math.min(left, random.nextInt(6 * cores.size()));
        }
    }

    private void loses() {
        List<Integer> survivors = survivors();
        long newest = cores.stream()
                .mapToLong(core -> core.atRest().orElseThrow().word().step())
                .max()
                .orElseThrow();
        cores.forEach(RankCore::halt);
        Map<ActorId, AtRest> rests = new HashMap<>();
        for (int rank : survivors) {
            RankAtRest rest = cores.get(rank).atRest().orElseThrow();
            rests.put(
                    new ActorId("worker-" + rank),
                    new AtRest(plan.order().stages(), new TreeMap<>(Map.of(rank, rest)), Optional.empty()));
        }
        Optional<StepWord> word = AtRest.common(rests);
        if (word.isEmpty()) {
            seen.lost.incrementAndGet();
            begin(saved);
            return;
        }
        long step = word.get().step();
        seen.whole.incrementAndGet();
        if (survivors.stream().anyMatch(rank -> step(cores.get(rank)) < step)) {
            seen.broughtUp.incrementAndGet();
        }
        if (newest > step) {
            seen.heardByTheLost.incrementAndGet();
        }
        saved = start(word.get(), survivors);
        begin(saved);
    }

    /** Mostly one or some of each stage. */
    private List<Integer> survivors() {
        List<Integer> ranks =
                new ArrayList<>(IntStream.range(0, cores.size()).boxed().toList());
        Collections.shuffle(ranks, random);
        boolean any = random.nextInt(6) == 0;
        List<Integer> found = new ArrayList<>();
        Set<List<Integer>> stages = new HashSet<>();
        for (int rank : ranks) {
            boolean isFirst = stages.add(plan.order().placement().stagesOf(rank));
            if (any ? found.isEmpty() || random.nextBoolean() : isFirst || random.nextInt(3) == 0) {
                found.add(rank);
            }
        }
        return found;
    }

    /** What all that are left hold is the same where they hold the same. */
    private Start start(StepWord word, List<Integer> survivors) {
        int stages = plan.order().stages();
        try (HeldFiles held = new HeldFiles()) {
            List<List<FileEntry>> all = new ArrayList<>();
            for (int rank : survivors) {
                List<FileEntry> files = new ArrayList<>();
                cores.get(rank)
                        .liveSnapshots(word, Arena.ofAuto())
                        .forEach(part -> files.addAll(held.hold(part.stage(), stages, part.snapshot())));
                all.add(files);
            }
            LiveCut cut = LiveCut.joined(word, stages, all)
                    .orElseThrow(() -> new IllegalStateException("replicas differ at step " + word.step()));
            Map<String, Tensor> tensors = new HashMap<>();
            cut.files().forEach(file -> tensors.putAll(held.tensors(file).orElseThrow()));
            return new Start(word.step(), tensors, word.course());
        }
    }

    @Override
    public void close() {
        cores.forEach(RankCore::close);
        cores.clear();
    }
}
