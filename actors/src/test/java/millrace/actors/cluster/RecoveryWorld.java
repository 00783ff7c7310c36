package millrace.actors.cluster;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import millrace.actors.checkpoint.CheckpointPace;
import millrace.actors.checkpoint.Shards;
import millrace.actors.cluster.RecoveryFact.Beginning;
import millrace.actors.cluster.RecoveryFact.Place;
import millrace.actors.event.RunResult;
import millrace.actors.event.RunResult.Reason;
import millrace.actors.event.TrainingEvent;
import millrace.actors.plan.CourseState;
import millrace.actors.plan.Snapshot;
import millrace.actors.rank.RankAtRest;
import millrace.actors.rank.StepWord;
import millrace.actors.trace.PipelineFigures;
import millrace.actors.wire.manifest.Manifest.FileEntry;

/**
 * A small world around {@link Recovery}: nodes with workers that die, come back and leave, a run folder, trainers that make
 * steps and checkpoints, clients that ask again, and mail between all of them that comes late, twice or never. A seed
 * decides what happens; after a while nothing breaks any more, and then the run has to end. In every other world the line has
 * two replicas, whose ranks step together, and what is lost goes on from what workers have in memory.
 *
 * <p>Whatever is ordered is compared with what the world knows to be true: see {@link #require}.
 */
final class RecoveryWorld {
    private static final int NODES = 4;
    private static final int STEPS = 12;
    private static final int UNRULY = 200;
    private static final int CALM_AT_MOST = 3_000;
    private static final long SECOND = 1_000_000_000;
    // what a coordinator that was made anew hears from those that it has asked itself, and nobody else
    private static final Set<String> FIRST_MAIL = Set.of("here", "lost", "registered");

    /** What a world has seen, so that nobody believes in a walk that walks nowhere. */
    record Seen(
            int facts,
            int runEpochs,
            int completed,
            int interrupted,
            int failed,
            boolean remade,
            int fromMemory,
            int joined) {}

    /** Something that was not supposed to happen. */
    static final class Violation extends AssertionError {
        private static final long serialVersionUID = 1;

        private Violation(String what, Deque<Object> history) {
            super(what + "\nafter:\n  " + history.stream().map(String::valueOf).collect(Collectors.joining("\n  ")));
        }
    }

    /** Something under way between two of this world. */
    private record Mail(
            String what, boolean overNetwork, boolean diesWithCoordinator, int notBefore, Runnable arrives) {
        /** Something that a worker or a client tells the coordinator: it may come twice. */
        private boolean isAnswer() {
            return overNetwork && diesWithCoordinator;
        }
    }

    /** In a history: a fact, and the state that it has met. */
    private record Learnt(String phase, RecoveryFact fact) {
        @Override
        public String toString() {
            return phase + " <- " + fact;
        }
    }

    /** A checkpoint. */
    private static final class Cut {
        private final int step;
        private boolean damaged;

        private Cut(int step) {
            this.step = step;
        }
    }

    /** The folder of one run, which all nodes share. */
    private static final class Folder {
        private long newestClaim;
        private final List<Cut> cuts = new ArrayList<>();
        private boolean wasWhole;

        private int newestWhole() {
            return cuts.stream()
                    .filter(cut -> !cut.damaged)
                    .mapToInt(cut -> cut.step)
                    .max()
                    .orElse(0);
        }

        /** As a trainer saves: never when another has claimed the run since. */
        private boolean commit(long epoch, int step) {
            if (newestClaim != epoch) {
                return false;
            }
            cuts.add(new Cut(step));
            wasWhole |= step == STEPS;
            return true;
        }
    }

    /** A worker, from its node's start to its end. */
    private static final class Worker {
        private final ActorId id;
        private final String address;
        private boolean alive = true;
        private boolean leaving;
        private long newestEpoch;
        private long released;
        private Optional<RunOrder> known = Optional.empty();
        private final Map<Long, List<Integer>> hosted = new LinkedHashMap<>();
        private final Set<Long> made = new HashSet<>();
        private final Set<Long> connected = new HashSet<>();
        // of ranks that step together: how far each has come, and what is held since they came to rest last
        private final SortedMap<Integer, RankAtRest> ranks = new TreeMap<>();
        private Optional<LiveCut> held = Optional.empty();

        private Worker(int node, int life) {
            this.address = "node-" + node + ":1";
            this.id = new ActorId("worker-" + node + "#" + life);
        }
    }

    /** The trainer of one run epoch. */
    private static final class SimulatedTrainer {
        private final long epoch;
        private final Folder folder;
        private final List<Place> places;
        private final int from;
        private int step;
        private boolean begun;
        private boolean interrupted;
        private boolean over;
        private boolean stopped;

        private SimulatedTrainer(long epoch, Folder folder, List<Place> places, int from) {
            this.epoch = epoch;
            this.folder = folder;
            this.places = places;
            this.from = from;
            this.step = from;
        }

        private boolean works() {
            return begun && !over && !stopped;
        }
    }

    private final Random random;
    private final BiFunction<RecoveryState, RecoveryFact, RecoveryFact> belief;
    private final int ranks;
    // of the line; 0 where it has no replicas
    private final int stages;
    private final List<Mail> mail = new ArrayList<>();
    private final Deque<Object> history = new ArrayDeque<>();
    private final Worker[] nodes = new Worker[NODES];
    private final Map<ActorId, Worker> workers = new HashMap<>();
    private final Map<String, Folder> folders = new HashMap<>();
    private final Map<Long, SimulatedTrainer> trainers = new LinkedHashMap<>();
    private final List<SimulatedTrainer> cutOff = new ArrayList<>();
    private final Map<Long, Integer> beginnings = new HashMap<>();
    private final Map<String, Integer> causes = new HashMap<>();
    private final Set<Long> troubled = new HashSet<>();
    private final Set<String> interrupts = new HashSet<>();
    private final Set<ActorId> watched = new HashSet<>();
    private final Map<String, ClientProtocol.End> told = new HashMap<>();
    private final Map<String, Long> toldSteps = new HashMap<>();
    private Recovery recovery;
    private long now;
    private int life;
    private int runs;
    private boolean calm;
    private boolean endedInCalm;
    private boolean remade;
    private int happened;
    private int facts;
    private int runEpochs;
    private int fromMemory;
    private int joined;
    private RunOrder order;
    private Optional<ClientProtocol.End> heard = Optional.empty();

    /**
     * @param belief what the coordinator takes a fact for: the fact itself, unless a guard is to be left out
     */
    RecoveryWorld(long seed, BiFunction<RecoveryState, RecoveryFact, RecoveryFact> belief) {
        this.random = new Random(seed);
        this.belief = belief;
        this.stages = seed % 2 == 0 ? 0 : 1 + random.nextInt(2);
        this.ranks = stages == 0 ? 1 + random.nextInt(3) : 2 * stages;
        this.now = random.nextLong();
        this.recovery = new Recovery(now);
        for (int node = 0; node < NODES - 1; node++) {
            start(node);
        }
        this.order = nextRun();
    }

    /** Plays one history to its end. */
    Seen play() {
        submit(client());
        for (int i = 0; i < UNRULY; i++) {
            happens();
        }
        calmDown();
        int before = facts;
        while (heard.isEmpty()) {
            require(facts - before < CALM_AT_MOST, "no end though nothing breaks any more");
            goOn();
        }
        return new Seen(
                facts,
                runEpochs,
                count(Reason.COMPLETED),
                count(Reason.INTERRUPTED),
                (int) told.values().stream()
                        .filter(ClientProtocol.Failed.class::isInstance)
                        .count(),
                remade,
                fromMemory,
                joined);
    }

    private int count(Reason reason) {
        return (int) told.values().stream()
                .filter(end -> end instanceof ClientProtocol.Ended ended
                        && ended.result().reason() == reason)
                .count();
    }

    // ---- what happens

    private void happens() {
        happened++;
        for (int deliveries = random.nextInt(4); deliveries > 0; deliveries--) {
            pick().ifPresent(this::deliver);
        }
        int dice = random.nextInt(1_000);
        if (dice < 300) {
            trainer().ifPresent(this::trains);
        } else if (dice < 600) {
            now += random.nextLong(SECOND);
            fact(new RecoveryFact.Tick());
        } else if (dice < 603) {
            tickAtDeadline();
        } else if (dice < 640) {
            pick().filter(Mail::isAnswer).ifPresent(twice -> mail.add(random.nextInt(mail.size()), twice));
        } else if (dice < 650) {
            pick().filter(Mail::overNetwork).ifPresent(lost -> {
                note("lost: " + lost.what());
                mail.remove(lost);
            });
        } else if (dice < 658) {
            anyWorker().ifPresent(this::dies);
        } else if (dice < 680) {
            IntStream.range(0, NODES)
                    .filter(node -> nodes[node] == null || !nodes[node].alive)
                    .findFirst()
                    .ifPresent(this::start);
        } else if (dice < 686) {
            anyWorker().ifPresent(this::leaves);
        } else if (dice < 691) {
            madeAnew(random.nextBoolean());
        } else if (dice < 696) {
            folder().cuts.stream().reduce((_, last) -> last).ifPresent(cut -> cut.damaged = true);
        } else if (dice < 706) {
            anyWorker().ifPresent(this::aRankFails);
        } else if (dice < 708) {
            trainer().ifPresent(trainer -> gaveUp(trainer, "diverged"));
        } else if (dice < 730) {
            submit(client());
        } else if (dice < 735) {
            submit(new ActorId("client-late-" + runs));
        } else if (dice < 738) {
            interrupts.add(order.id());
            post("interrupt", true, new RecoveryFact.InterruptAsked(order.id()));
        }
        if (heard.isPresent() && random.nextInt(4) == 0) {
            order = nextRun();
            submit(client());
        }
    }

    /** From here on nothing is lost and nobody dies, and time passes only when nothing else can happen. */
    private void calmDown() {
        calm = true;
        cutOff.clear();
        for (Worker worker : List.copyOf(workers.values())) {
            if (worker.alive && worker.leaving) {
                dies(worker);
            }
        }
        if (anyWorker().isEmpty()) {
            start(0);
        }
        changed();
        submit(client());
    }

    private void goOn() {
        happened++;
        if (!mail.isEmpty()) {
            if (random.nextInt(8) == 0) {
                trainer().ifPresent(this::trains);
            }
            pick().ifPresent(this::deliver);
        } else if (trainer().isPresent()) {
            trainer().ifPresent(this::trains);
        } else {
            submit(client());
            tickAtDeadline();
        }
    }

    private void tickAtDeadline() {
        recovery.deadline(now).ifPresent(at -> now = now - at < 0 ? at : now);
        fact(new RecoveryFact.Tick());
    }

    private Optional<Mail> pick() {
        return mail.isEmpty()
                ? Optional.empty()
                : Optional.of(mail.get(random.nextInt(mail.size()))).filter(letter -> letter.notBefore() <= happened);
    }

    /** Some mail takes so long that much else happens before it is there. */
    private int late() {
        int dice = random.nextInt(16);
        return happened + (dice == 0 ? random.nextInt(100) : dice < 4 ? random.nextInt(10) : 0);
    }

    private void deliver(Mail letter) {
        mail.remove(letter);
        letter.arrives().run();
    }

    private void post(String what, boolean overNetwork, RecoveryFact fact) {
        mail.add(new Mail(what, overNetwork, true, late(), () -> fact(fact)));
    }

    private void fact(RecoveryFact fact) {
        facts++;
        RecoveryFact believed = belief.apply(recovery.state(), fact);
        RecoveryState before = recovery.state();
        note(new Learnt(before.phase(), believed));
        List<RecoveryOrder> orders = recovery.on(believed, now);
        if (before instanceof RecoveryState.Busy && recovery.state() instanceof RecoveryState.Idle) {
            endedInCalm = calm;
        }
        for (RecoveryOrder next : orders) {
            note(next);
            carryOut(next);
        }
    }

    private void note(Object what) {
        history.add(what);
        if (history.size() > 60) {
            history.removeFirst();
        }
    }

    private void require(boolean holds, String what) {
        if (!holds) {
            throw new Violation(what, history);
        }
    }

    // ---- clients

    private RunOrder nextRun() {
        runs++;
        heard = Optional.empty();
        String id = "run-" + runs;
        int wanted = 1 + random.nextInt(NODES - 1);
        return new RunOrder(
                id,
                id,
                "",
                Optional.empty(),
                Optional.empty(),
                wanted,
                2,
                CheckpointPace.every(Duration.ofSeconds(5)),
                Set.of(1));
    }

    private ActorId client() {
        return new ActorId("client-" + runs);
    }

    private void submit(ActorId client) {
        post("submit", true, new RecoveryFact.RunSubmitted(order, client));
    }

    private void tell(ActorId client, ClientProtocol.Event event) {
        switch (event) {
            case ClientProtocol.Happened(String runId, TrainingEvent happened) -> {
                if (happened instanceof TrainingEvent.Step step) {
                    long before = toldSteps.getOrDefault(runId, 0L);
                    require(step.step() > before, "step " + step.step() + " is told again after " + before);
                    toldSteps.put(runId, step.step());
                }
            }
            case ClientProtocol.End end -> {
                boolean refused = end instanceof ClientProtocol.Failed failed
                        && failed.reason().contains("is under way");
                if (!refused) {
                    ClientProtocol.End earlier = told.put(end.runId(), end);
                    if (!end.equals(earlier)) {
                        requireTrue(end);
                    }
                    require(
                            earlier == null || remade || earlier.equals(end),
                            "the end of " + end.runId() + " is told as another one");
                }
                mail.add(new Mail("end", true, false, late(), () -> {
                    if (!refused && end.runId().equals(order.id()) && client.equals(client())) {
                        heard = Optional.of(end);
                    }
                }));
            }
            case ClientProtocol.Accepted _, ClientProtocol.Local _ -> {}
        }
    }

    /** What a client is told of the end has to be so. */
    private void requireTrue(ClientProtocol.End end) {
        switch (end) {
            case ClientProtocol.Ended ended
            when ended.result().reason() == Reason.INTERRUPTED ->
                require(interrupts.contains(end.runId()), "interrupted though nobody has asked for it");
            case ClientProtocol.Ended _ ->
                require(folder(end.runId()).wasWhole, "told to be complete before the last step was saved");
            case ClientProtocol.Failed(String runId, String reason, boolean _) -> {
                if (reason.startsWith("interrupted before")) {
                    require(interrupts.contains(runId), "interrupted though nobody has asked for it");
                } else if (reason.startsWith("workers: none after")) {
                    require(!endedInCalm, "no workers though there are some");
                } else if (reason.startsWith("rank") || reason.equals("disk full")) {
                    require(
                            causes.getOrDefault(reason, 0) >= Recovery.SAME_FAILURES,
                            "failed, but not three times: " + reason);
                } else if (!reason.startsWith("workers: no answer")) {
                    require(causes.containsKey(reason), "failed without a cause: " + reason);
                }
            }
        }
    }

    // ---- the run folder

    private Folder folder() {
        return folder(order.id());
    }

    private Folder folder(String runId) {
        return folders.computeIfAbsent(runId, _ -> new Folder());
    }

    private void read(RecoveryOrder.ReadFolder wanted) {
        if (random.nextInt(200) == 0 && !calm) {
            cause("no such file");
            post(
                    "unreadable",
                    false,
                    new RecoveryFact.FolderUnreadable(wanted.reading(), new Failure("no such file", true)));
            return;
        }
        Folder folder = folder(wanted.run().id());
        long epoch = Math.max(folder.newestClaim, wanted.after()) + 1;
        folder.newestClaim = epoch;
        Optional<LiveCut> live = wanted.live().filter(cut -> cut.step() >= folder.newestWhole());
        int step = live.map(cut -> Math.toIntExact(cut.step())).orElseGet(folder::newestWhole);
        fromMemory += live.isPresent() ? 1 : 0;
        List<String> damaged = folder.cuts.stream()
                .filter(cut -> cut.damaged)
                .map(cut -> "step " + cut.step)
                .toList();
        beginnings.put(epoch, step);
        runEpochs++;
        post(
                "folder read",
                false,
                new RecoveryFact.FolderRead(
                        wanted.reading(),
                        new Beginning(
                                epoch,
                                ranks,
                                step,
                                live.isPresent() ? Optional.empty() : Optional.of("step-" + step),
                                live,
                                IntStream.range(0, stages == 0 ? 0 : ranks)
                                        .map(rank -> rank % stages)
                                        .boxed()
                                        .toList(),
                                damaged)));
    }

    private void cause(String reason) {
        causes.merge(reason, 1, Integer::sum);
    }

    // ---- workers

    private Optional<Worker> anyWorker() {
        List<Worker> alive = IntStream.range(0, NODES)
                .mapToObj(node -> nodes[node])
                .filter(worker -> worker != null && worker.alive && !worker.leaving)
                .toList();
        return alive.isEmpty() ? Optional.empty() : Optional.of(alive.get(random.nextInt(alive.size())));
    }

    private void start(int node) {
        life++;
        Worker worker = new Worker(node, life);
        nodes[node] = worker;
        workers.put(worker.id, worker);
        changed();
    }

    /** The cluster tells who is registered, as it is when it tells it. */
    private void changed() {
        mail.add(new Mail(
                "registered",
                false,
                true,
                late(),
                () -> fact(new RecoveryFact.WorkersRegistered(workers.values().stream()
                        .filter(worker -> worker.alive)
                        .map(worker -> worker.id)
                        .collect(Collectors.toSet())))));
    }

    private void dies(Worker worker) {
        note("dies: " + worker.id);
        worker.alive = false;
        changed();
        if (watched.contains(worker.id)) {
            post("lost", false, new RecoveryFact.WorkerLost(worker.id));
        }
    }

    private void leaves(Worker worker) {
        worker.leaving = true;
        post("leaving", true, new RecoveryFact.WorkerLeaving(worker.id));
    }

    private void aRankFails(Worker worker) {
        List<Integer> hosted = worker.hosted.getOrDefault(worker.newestEpoch, List.of());
        if (!hosted.isEmpty()) {
            int rank = hosted.getFirst();
            worker.hosted.remove(worker.newestEpoch);
            worker.ranks.remove(rank);
            troubled.add(worker.newestEpoch);
            cause("rank " + rank + " failed: NaN");
            post("rank failed", true, new RecoveryFact.RankFailed(worker.newestEpoch, rank, "NaN"));
        }
    }

    private void toWorker(ActorId id, String what, Consumer<Worker> arrives) {
        mail.add(new Mail(what, true, false, late(), () -> {
            Worker worker = known(workers, id);
            if (worker.alive) {
                arrives.accept(worker);
            }
        }));
    }

    private void prepares(Worker worker, RecoveryOrder.PrepareRanks wanted) {
        long epoch = wanted.runEpoch();
        release(worker, epoch - 1);
        worker.known = Optional.of(wanted.run());
        worker.newestEpoch = Math.max(worker.newestEpoch, epoch);
        if (epoch == worker.newestEpoch) {
            worker.ranks.clear();
        }
        boolean fails = !calm && random.nextInt(40) == 0;
        mail.add(new Mail("made", false, false, late(), () -> {
            if (!worker.alive) {
                return;
            }
            if (fails) {
                boolean badInput = random.nextInt(6) == 0;
                String reason = badInput ? "data: no such file" : "disk full";
                cause(reason);
                troubled.add(epoch);
                post(
                        "prepare failed",
                        true,
                        new RecoveryFact.PrepareFailed(epoch, worker.id, new Failure(reason, badInput)));
            } else if (!isHeld(wanted)) {
                String reason = "nobody holds what ranks " + wanted.ranks() + " begin with";
                cause(reason);
                troubled.add(epoch);
                post(
                        "prepare failed",
                        true,
                        new RecoveryFact.PrepareFailed(epoch, worker.id, new Failure(reason, false)));
            } else if (epoch >= worker.newestEpoch && epoch > worker.released && worker.known.isPresent()) {
                worker.made.add(epoch);
                if (stages > 0) {
                    StepWord word = word(known(beginnings, epoch));
                    wanted.ranks()
                            .forEach(rank -> worker.ranks.put(
                                    rank, new RankAtRest(List.of(rank % stages), word.step(), false, word)));
                }
                if (!wanted.ranks().isEmpty()) {
                    worker.hosted.put(epoch, wanted.ranks());
                }
                List<Place> places = wanted.ranks().stream()
                        .map(rank -> new Place(
                                rank,
                                worker.id,
                                new ActorId(worker.id + "/rank-" + rank + "-" + epoch),
                                new ActorId(worker.id + "/inlet-" + rank + "-" + epoch)))
                        .toList();
                if (!places.isEmpty()) {
                    post("prepared", true, new RecoveryFact.RanksPrepared(epoch, worker.id, places));
                }
            }
        }));
    }

    // ---- ranks that step together

    private static StepWord word(long step) {
        return new StepWord(step, 0, CourseState.NONE);
    }

    private static List<FileEntry> files(int stage, int stages, long step) {
        return Shards.names(stage, stages).stream()
                .map(name -> new FileEntry(name, step, "%064x".formatted(step)))
                .toList();
    }

    /** Whether somebody who is there holds what ranks are to begin with. */
    private boolean isHeld(RecoveryOrder.PrepareRanks wanted) {
        return wanted.live().isEmpty()
                || wanted.ranks().stream()
                        .allMatch(rank -> workers.values().stream()
                                .filter(worker -> worker.alive)
                                .flatMap(worker -> worker.held.stream())
                                .anyMatch(cut -> cut.files()
                                        .containsAll(files(
                                                rank % stages,
                                                stages,
                                                wanted.live().get().step()))));
    }

    /** Nothing works any more at a worker that is asked how far it has come. */
    private void rests(Worker worker, String runId, long runEpoch, long question) {
        release(worker, runEpoch);
        boolean knows = worker.known.filter(run -> run.id().equals(runId)).isPresent();
        boolean works = !worker.hosted.isEmpty();
        if (knows && !works && random.nextInt(4) > 0) {
            holdsAtRest(worker);
        }
        AtRest rest = new AtRest(stages, works ? new TreeMap<>() : new TreeMap<>(worker.ranks), worker.held);
        post("rests", true, new RecoveryFact.RanksRest(question, worker.id, knows ? rest : AtRest.NOTHING));
    }

    /** It holds what its ranks have at the newest step that it knows of, and keeps them; sometimes it cannot. */
    private void holdsAtRest(Worker worker) {
        worker.ranks.values().stream()
                .map(RankAtRest::word)
                .max(Comparator.comparingLong(StepWord::step))
                .filter(word -> word.step() > 0
                        && worker.held.filter(cut -> cut.step() > word.step()).isEmpty())
                .ifPresent(word -> {
                    Set<FileEntry> files = new LinkedHashSet<>();
                    worker.held.filter(cut -> cut.step() == word.step()).ifPresent(cut -> files.addAll(cut.files()));
                    worker.ranks.replaceAll((_, rank) -> {
                        if (!rank.reaches(word.step())) {
                            return rank;
                        }
                        files.addAll(files(rank.stages().getFirst(), stages, word.step()));
                        return rank.step() == word.step()
                                ? rank
                                : new RankAtRest(rank.stages(), word.step(), false, rank.word());
                    });
                    worker.held = Optional.of(new LiveCut(word, List.copyOf(files)));
                });
    }

    private void cuts(Worker worker, RecoveryOrder.CutStages wanted) {
        long step = wanted.word().step();
        Set<FileEntry> files = new LinkedHashSet<>();
        if (worker.known.filter(run -> run.id().equals(wanted.runId())).isPresent()
                && worker.held.filter(cut -> cut.step() > step).isEmpty()) {
            worker.held.filter(cut -> cut.step() == step).ifPresent(cut -> files.addAll(cut.files()));
            boolean works = !worker.hosted.isEmpty();
            worker.ranks.values().stream()
                    .filter(rank -> !works && rank.reaches(step))
                    .forEach(rank -> files.addAll(files(rank.stages().getFirst(), stages, step)));
            worker.held = Optional.of(new LiveCut(wanted.word(), List.copyOf(files)));
            if (!works) {
                worker.ranks.values().removeIf(rank -> rank.reaches(step));
            }
        }
        post("cut", true, new RecoveryFact.StagesCut(wanted.question(), worker.id, List.copyOf(files)));
    }

    private void triesOut(Worker worker, RecoveryOrder.TryOut wanted) {
        if (!calm && random.nextInt(4) == 0) {
            post(
                    "tried in vain",
                    true,
                    new RecoveryFact.PrepareFailed(wanted.runEpoch(), worker.id, new Failure("no data here", true)));
        } else {
            joined++;
            troubled.add(wanted.runEpoch());
            post("tried", true, new RecoveryFact.RanksPrepared(wanted.runEpoch(), worker.id, List.of()));
        }
    }

    /** All ranks make the step whose word is said; of the next one some have all that they need, and if all have, some hear the word. */
    private void stepTogether(SimulatedTrainer trainer, boolean next) {
        int before = trainer.step;
        boolean all = next && random.nextInt(3) > 0;
        trainer.step += all ? 1 : 0;
        for (Place place : trainer.places) {
            SortedMap<Integer, RankAtRest> of = known(workers, place.worker()).ranks;
            List<Integer> its = known(of, place.rank()).stages();
            boolean hears = all && random.nextBoolean();
            boolean steps = hears && random.nextBoolean();
            of.put(
                    place.rank(),
                    new RankAtRest(
                            its,
                            steps ? before + 1 : before,
                            !steps && (all || (next && random.nextBoolean())),
                            word(hears ? before + 1 : before)));
        }
    }

    private void connects(Worker worker, long epoch) {
        if (worker.hosted.containsKey(epoch) && epoch == worker.newestEpoch) {
            worker.connected.add(epoch);
        }
        post("connected", true, new RecoveryFact.RanksConnected(epoch, worker.id));
    }

    private void released(Worker worker, long epoch) {
        release(worker, epoch);
        if (worker.leaving) {
            dies(worker);
        }
    }

    private void release(Worker worker, long epoch) {
        worker.newestEpoch = Math.max(worker.newestEpoch, epoch);
        worker.released = Math.max(worker.released, epoch);
        for (long old : List.copyOf(worker.hosted.keySet())) {
            if (old <= epoch) {
                // its ranks stop, and a worker tells of every rank that does
                for (int rank : known(worker.hosted, old)) {
                    post("rank stopped", true, new RecoveryFact.RankFailed(old, rank, "stopped"));
                }
                worker.hosted.remove(old);
            }
        }
    }

    private void forgets(Worker worker, String runId) {
        if (worker.known.filter(run -> run.id().equals(runId)).isPresent()) {
            release(worker, worker.newestEpoch);
            worker.known = Optional.empty();
            worker.ranks.clear();
            worker.held = Optional.empty();
        }
    }

    // ---- the coordinator and its trainers

    /** Its node is lost, and another takes over; or it has failed itself, and gets the mail of the one before. */
    private void madeAnew(boolean elsewhere) {
        note("coordinator made anew " + (elsewhere ? "elsewhere" : "in its place"));
        remade = true;
        // what the one before has asked is there, and answered, before the next one asks: Akka keeps mail between two
        // in order
        mail.removeIf(letter ->
                letter.diesWithCoordinator() ? elsewhere || FIRST_MAIL.contains(letter.what()) : letter.overNetwork());
        trainers.values().forEach(trainer -> {
            if (elsewhere) {
                // cut off it does not know, and goes on for a while
                cutOff.add(trainer);
            } else {
                trainer.stopped = true;
            }
        });
        trainers.clear();
        watched.clear();
        toldSteps.clear();
        now += SECOND / 2;
        recovery = new Recovery(now);
        changed();
    }

    private Optional<SimulatedTrainer> trainer() {
        if (!cutOff.isEmpty() && random.nextInt(3) == 0) {
            return Optional.of(cutOff.get(random.nextInt(cutOff.size()))).filter(SimulatedTrainer::works);
        }
        return trainers.values().stream().filter(SimulatedTrainer::works).findFirst();
    }

    private void trains(SimulatedTrainer trainer) {
        boolean connected = trainer.places.stream()
                .map(place -> known(workers, place.worker()))
                .allMatch(worker -> worker.alive
                        && worker.connected.contains(trainer.epoch)
                        && worker.hosted.containsKey(trainer.epoch));
        if (!connected) {
            trainer.over = true;
            answer(trainer, new RecoveryFact.TrainerStalled(trainer.epoch, "stalled in run epoch " + trainer.epoch));
            troubled.add(trainer.epoch);
        } else if (trainer.interrupted || trainer.step >= STEPS) {
            ends(trainer);
        } else {
            if (stages > 0) {
                int before = trainer.step;
                stepTogether(trainer, true);
                if (trainer.step == before) {
                    return;
                }
            } else {
                trainer.step++;
            }
            answer(
                    trainer,
                    new RecoveryFact.TrainingHappened(
                            trainer.epoch,
                            new TrainingEvent.Step(
                                    trainer.step, 10, 0.5, 0.1, new TrainingEvent.Stretch(0, 1, 1), List.of())));
            if (random.nextInt(3) == 0) {
                save(trainer);
            }
        }
    }

    private void ends(SimulatedTrainer trainer) {
        if (save(trainer)) {
            trainer.over = true;
            Reason reason = trainer.step >= STEPS ? Reason.COMPLETED : Reason.INTERRUPTED;
            answer(trainer, new RecoveryFact.TrainerFinished(trainer.epoch, result(reason, trainer.step)));
        }
    }

    private boolean save(SimulatedTrainer trainer) {
        if (stages > 0) {
            stepTogether(trainer, false);
        }
        boolean saved = trainer.folder.commit(trainer.epoch, trainer.step);
        if (saved) {
            answer(trainer, new RecoveryFact.CutSaved(trainer.epoch, trainer.step));
        } else {
            trainer.over = true;
            answer(
                    trainer,
                    new RecoveryFact.TrainerFailed(trainer.epoch, new Failure("another trainer goes on", false)));
        }
        return saved;
    }

    private void gaveUp(SimulatedTrainer trainer, String reason) {
        trainer.over = true;
        if (!cutOff.contains(trainer)) {
            cause(reason);
        }
        answer(trainer, new RecoveryFact.TrainerFailed(trainer.epoch, new Failure(reason, false)));
    }

    /** Who is cut off speaks to nobody. */
    private void answer(SimulatedTrainer trainer, RecoveryFact fact) {
        if (!cutOff.contains(trainer)) {
            boolean overtaken = trainer.over && random.nextInt(4) == 0;
            int notBefore = overtaken ? happened + random.nextInt(150) : late();
            mail.add(new Mail("trainer", false, true, notBefore, () -> fact(fact)));
        }
    }

    private static RunResult result(Reason reason, int steps) {
        return new RunResult(
                reason,
                steps,
                0.5,
                Map.of(),
                1,
                1,
                new Snapshot(steps, List.of(), List.of()),
                new PipelineFigures(
                        List.of(), List.of(), List.of(), List.of(), 0, List.of(), List.of(), List.of(), List.of()));
    }

    // ---- orders

    private void carryOut(RecoveryOrder wanted) {
        switch (wanted) {
            case RecoveryOrder.AskWorker(ActorId id) ->
                toWorker(
                        id,
                        "ask",
                        worker -> post(
                                "here",
                                true,
                                new RecoveryFact.WorkerHere(
                                        id,
                                        worker.address,
                                        1 + id.text().length() % 2,
                                        worker.newestEpoch,
                                        worker.known,
                                        !worker.ranks.isEmpty() || worker.held.isPresent())));
            case RecoveryOrder.WatchWorker(ActorId id) -> {
                watched.add(id);
                if (!known(workers, id).alive) {
                    post("lost", false, new RecoveryFact.WorkerLost(id));
                }
            }
            case RecoveryOrder.TellClient(ActorId client, var event) -> tell(client, event);
            case RecoveryOrder.AskRest(ActorId id, String runId, long runEpoch, long question) ->
                toWorker(id, "ask rest", worker -> rests(worker, runId, runEpoch, question));
            case RecoveryOrder.CutStages cut -> toWorker(cut.worker(), "cut stages", worker -> cuts(worker, cut));
            case RecoveryOrder.TryOut tryOut ->
                toWorker(tryOut.worker(), "try out", worker -> triesOut(worker, tryOut));
            case RecoveryOrder.ReadFolder reading -> read(reading);
            case RecoveryOrder.PrepareRanks prepare -> {
                requireNewestCut(prepare.runEpoch(), prepare.run());
                toWorker(prepare.worker(), "prepare", worker -> prepares(worker, prepare));
            }
            case RecoveryOrder.StartTrainer start -> startTrainer(start);
            case RecoveryOrder.ConnectRanks(ActorId id, long epoch, var _) ->
                toWorker(id, "connect", worker -> connects(worker, epoch));
            case RecoveryOrder.BeginTraining(long epoch) -> begins(known(trainers, epoch));
            case RecoveryOrder.InterruptTrainer(long epoch) -> known(trainers, epoch).interrupted = true;
            case RecoveryOrder.StopTrainer(long epoch) -> stop(known(trainers, epoch));
            case RecoveryOrder.ReleaseRanks(ActorId id, long epoch) ->
                toWorker(id, "release", worker -> released(worker, epoch));
            case RecoveryOrder.ReadOutcome(long epoch, RunOrder run, RunResult result) ->
                post("outcome", false, new RecoveryFact.OutcomeRead(epoch, new ClientProtocol.Ended(run.id(), result)));
            // what is held in memory is found by its digest, or else read from the folder
            case RecoveryOrder.KeepCut(ActorId _, String runId, long step, var _) ->
                require(
                        folder(runId).cuts.stream().anyMatch(cut -> cut.step == step),
                        "to be held in memory what was not saved");
            case RecoveryOrder.ForgetRun(ActorId id, String runId) ->
                toWorker(id, "forget", worker -> forgets(worker, runId));
        }
    }

    /** What must be there. */
    private static <K, V> V known(Map<K, V> map, K key) {
        return Objects.requireNonNull(map.get(key), () -> "nothing known of " + key);
    }

    private void requireNewestCut(long epoch, RunOrder run) {
        Folder folder = folder(run.id());
        require(folder.newestClaim == epoch, "run epoch " + epoch + " is not the one that was claimed last");
        require(
                known(beginnings, epoch) >= folder.newestWhole(),
                "goes on from step " + known(beginnings, epoch) + ", step " + folder.newestWhole() + " was saved");
    }

    private void startTrainer(RecoveryOrder.StartTrainer start) {
        long epoch = start.runEpoch();
        requireNewestCut(epoch, start.run());
        require(
                trainers.values().stream().allMatch(trainer -> trainer.stopped),
                "a second trainer while there is one already");
        require(
                start.places().stream()
                        .map(Place::rank)
                        .toList()
                        .equals(IntStream.range(0, ranks).boxed().toList()),
                "not every rank once: " + start.places());
        require(
                start.places().stream()
                        .allMatch(place -> place.actor().text().endsWith("-" + epoch)
                                && known(workers, place.worker()).made.contains(epoch)),
                "ranks of another run epoch: " + start.places());
        trainers.put(
                epoch, new SimulatedTrainer(epoch, folder(start.run().id()), start.places(), known(beginnings, epoch)));
    }

    private void begins(SimulatedTrainer trainer) {
        require(!trainer.stopped && !trainer.begun, "a trainer begins that is stopped or has begun");
        require(
                trainer.from >= trainer.folder.newestWhole(),
                "goes on from step " + trainer.from + ", step " + trainer.folder.newestWhole() + " was saved");
        require(
                trainer.places.stream()
                        .map(place -> known(workers, place.worker()))
                        .allMatch(worker ->
                                worker.connected.contains(trainer.epoch) || !worker.hosted.containsKey(trainer.epoch)),
                "a trainer begins before its ranks are connected");
        trainer.begun = true;
    }

    private void stop(SimulatedTrainer trainer) {
        boolean lost = trainer.places.stream()
                .map(place -> known(workers, place.worker()))
                .anyMatch(worker -> !worker.alive || worker.leaving);
        require(
                !trainer.works() || lost || troubled.contains(trainer.epoch),
                "a trainer is stopped that nothing was wrong with");
        trainer.stopped = true;
    }
}
