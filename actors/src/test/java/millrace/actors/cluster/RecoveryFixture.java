package millrace.actors.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import millrace.actors.checkpoint.CheckpointPace;
import millrace.actors.checkpoint.Shards;
import millrace.actors.cluster.ClientProtocol.Ended;
import millrace.actors.cluster.ClientProtocol.Failed;
import millrace.actors.cluster.ClientProtocol.Happened;
import millrace.actors.cluster.RecoveryFact.Beginning;
import millrace.actors.cluster.RecoveryFact.FolderRead;
import millrace.actors.cluster.RecoveryFact.Place;
import millrace.actors.cluster.RecoveryFact.RankFailed;
import millrace.actors.cluster.RecoveryFact.RanksConnected;
import millrace.actors.cluster.RecoveryFact.RanksPrepared;
import millrace.actors.cluster.RecoveryFact.RanksRest;
import millrace.actors.cluster.RecoveryFact.RunSubmitted;
import millrace.actors.cluster.RecoveryFact.Tick;
import millrace.actors.cluster.RecoveryFact.TrainerFinished;
import millrace.actors.cluster.RecoveryFact.WorkerHere;
import millrace.actors.cluster.RecoveryFact.WorkersRegistered;
import millrace.actors.cluster.RecoveryOrder.ForgetRun;
import millrace.actors.cluster.RecoveryOrder.ReleaseRanks;
import millrace.actors.cluster.RecoveryOrder.StopTrainer;
import millrace.actors.cluster.RecoveryOrder.TellClient;
import millrace.actors.cluster.RecoveryState.Attempt;
import millrace.actors.cluster.RecoveryState.Gathering;
import millrace.actors.cluster.RecoveryState.Idle;
import millrace.actors.cluster.RecoveryState.Run;
import millrace.actors.event.RunResult;
import millrace.actors.event.RunResult.Reason;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingEvent.Placed;
import millrace.actors.event.TrainingEvent.Placed.WorkerRanks;
import millrace.actors.event.TrainingEvent.Recovering;
import millrace.actors.plan.CourseState;
import millrace.actors.plan.Snapshot;
import millrace.actors.rank.RankAtRest;
import millrace.actors.rank.StepWord;
import millrace.actors.trace.PipelineFigures;
import millrace.actors.wire.manifest.Manifest.FileEntry;

/** Two workers, one rank each; the third comes later. How far their run is, and what a case of the table of {@link Recovery} says. */
abstract class RecoveryFixture {
    // on a clock that runs over while the run is trained
    static final long START = Long.MAX_VALUE - seconds(2.5);
    static final long SETTLED = START + seconds(0.5);
    static final long GATHERED = START + seconds(0.3);
    static final long IMPATIENT = START + seconds(60);
    static final long BEGUN = START + seconds(1);
    static final long LATER = START + seconds(3);

    static final ActorId A = new ActorId("worker-a");
    static final ActorId B = new ActorId("worker-b");
    static final ActorId C = new ActorId("worker-c");
    static final ActorId CLIENT = new ActorId("client-1");
    static final ActorId OTHER_CLIENT = new ActorId("client-2");
    static final TellClient OTHER_REFUSED = new TellClient(
            OTHER_CLIENT,
            new Failed(
                    "other",
                    "run run is under way (expected: one run at a time); wait for its end, or interrupt it",
                    true));
    static final RunOrder ORDER = order("run", 2);
    static final RunOrder OTHER_ORDER = order("other", 1);
    static final long EPOCH = 7;
    static final long STALE = EPOCH - 1;
    static final long FIRST = 1;
    static final Place PLACE_A = place(0, A);
    static final Place PLACE_B = place(1, B);
    static final List<Place> PLACES = List.of(PLACE_A, PLACE_B);
    static final Beginning BEGINNING = new Beginning(EPOCH, 2, 40, Optional.of("/step-40"), List.of());
    /** The same of two ranks that hold the only stage and step together, one of which fails a second after it has begun. */
    static final Beginning TOGETHER =
            new Beginning(EPOCH, 2, 40, Optional.of("/step-40"), Optional.empty(), List.of(0, 0), List.of());

    static final long FAILED = BEGUN + (long) 1e9;
    static final long ASKED = FAILED + (long) 1e8;
    static final long QUESTION = FIRST + 1;
    static final StepWord WORD = new StepWord(47, 0.5, CourseState.NONE);
    static final AtRest RESTS_A = rests(0, 46, true, new StepWord(46, 0.25, CourseState.NONE));
    static final AtRest RESTS_B = rests(1, 47, false, WORD);
    static final List<FileEntry> FILES = Shards.names(0, 1).stream()
            .map(name -> new FileEntry(name, 9, "0".repeat(64)))
            .toList();
    static final Failure BAD_INPUT = new Failure("no such file", true);
    static final Failure TROUBLE = new Failure("disk full", false);
    static final Placed PLACED =
            new Placed(EPOCH, 40, List.of(new WorkerRanks("a:1", List.of(0)), new WorkerRanks("b:1", List.of(1))), 0);
    static final Ended ENDED = new Ended("run", result(Reason.COMPLETED));
    static final Attempt ATTEMPT = new Attempt(BEGINNING, new WorkerShares(ranks()));

    static long seconds(double seconds) {
        return (long) (seconds * 1e9);
    }

    static RunOrder order(String id, int workers) {
        return new RunOrder(
                id,
                "/runs/" + id,
                "",
                Optional.empty(),
                Optional.empty(),
                workers,
                2,
                CheckpointPace.every(Duration.ofSeconds(5)),
                Set.of(10));
    }

    static AtRest rests(int rank, long step, boolean ready, StepWord word) {
        return new AtRest(
                1, new TreeMap<>(Map.of(rank, new RankAtRest(List.of(0), step, ready, word))), Optional.empty());
    }

    static Place place(int rank, ActorId worker) {
        return new Place(rank, worker, new ActorId(worker + "/rank-" + rank), new ActorId(worker + "/inlet-" + rank));
    }

    static SequencedMap<ActorId, List<Integer>> ranks() {
        SequencedMap<ActorId, List<Integer>> ranks = new LinkedHashMap<>();
        ranks.put(A, List.of(0));
        ranks.put(B, List.of(1));
        return ranks;
    }

    static RunResult result(Reason reason) {
        return new RunResult(
                reason,
                100,
                0.5,
                Map.of(),
                1,
                1,
                new Snapshot(100, List.of(), List.of()),
                new PipelineFigures(
                        List.of(), List.of(), List.of(), List.of(), 0, List.of(), List.of(), List.of(), List.of()));
    }

    static WorkerHere here(ActorId worker, Optional<RunOrder> known) {
        String name = worker.text().substring("worker-".length());
        return new WorkerHere(worker, name + ":1", 1, 0, known);
    }

    static WorkerHere here(ActorId worker) {
        return here(worker, Optional.empty());
    }

    static TrainingEvent step(long step) {
        return new TrainingEvent.Step(step, 100, 0.5, 0.1, new TrainingEvent.Stretch(40, step - 40, step), List.of());
    }

    static TrainingEvent epochEnd(int epoch) {
        return new TrainingEvent.EpochEnd(epoch, 100L * epoch, 0.5, 0.1, Map.of(), 640, List.of());
    }

    static TrainingEvent evaluation(long step) {
        return new TrainingEvent.EvaluationDone(step, Map.of());
    }

    /** How far the run is; each is reached from the one before. */
    enum Given {
        IDLE(GATHERED) {
            @Override
            Recovery make() {
                Recovery recovery = new Recovery(FIRST - 1);
                recovery.on(new WorkersRegistered(Set.of(A, B)), START);
                recovery.on(here(A), START);
                recovery.on(here(B), START);
                return recovery;
            }
        },
        GATHERING(GATHERED) {
            @Override
            Recovery make() {
                return after(IDLE, START, new RunSubmitted(ORDER, CLIENT));
            }
        },
        READING(LATER) {
            @Override
            Recovery make() {
                return after(GATHERING, SETTLED, new Tick());
            }
        },
        PREPARING(LATER) {
            @Override
            Recovery make() {
                return after(READING, BEGUN, new FolderRead(FIRST, BEGINNING));
            }
        },
        CONNECTING(LATER) {
            @Override
            Recovery make() {
                return after(
                        PREPARING,
                        BEGUN,
                        new RanksPrepared(EPOCH, A, List.of(PLACE_A)),
                        new RanksPrepared(EPOCH, B, List.of(PLACE_B)));
            }
        },
        RESTING(LATER) {
            @Override
            Recovery make() {
                Recovery recovery = after(READING, BEGUN, new FolderRead(FIRST, TOGETHER));
                recovery.on(new RanksPrepared(EPOCH, A, List.of(PLACE_A)), BEGUN);
                recovery.on(new RanksPrepared(EPOCH, B, List.of(PLACE_B)), BEGUN);
                recovery.on(new RanksConnected(EPOCH, A), BEGUN);
                recovery.on(new RanksConnected(EPOCH, B), BEGUN);
                recovery.on(new RankFailed(EPOCH, 1, "oops"), FAILED);
                recovery.on(new Tick(), ASKED);
                return recovery;
            }
        },
        CUTTING(LATER) {
            @Override
            Recovery make() {
                return after(RESTING, ASKED, new RanksRest(QUESTION, A, RESTS_A), new RanksRest(QUESTION, B, RESTS_B));
            }
        },
        TRAINING(LATER) {
            @Override
            Recovery make() {
                return after(CONNECTING, BEGUN, new RanksConnected(EPOCH, A), new RanksConnected(EPOCH, B));
            }
        },
        ENDING(LATER) {
            @Override
            Recovery make() {
                return after(TRAINING, LATER, new TrainerFinished(EPOCH, result(Reason.COMPLETED)));
            }
        };

        /** When the next fact comes, unless the case says otherwise. */
        final long next;

        Given(long next) {
            this.next = next;
        }

        abstract Recovery make();

        static Recovery after(Given given, long now, RecoveryFact... facts) {
            Recovery recovery = given.make();
            for (RecoveryFact fact : facts) {
                recovery.on(fact, now);
            }
            return recovery;
        }
    }

    /** One cell of the table, or a variant of it. */
    record Case(
            Given given,
            List<RecoveryFact> before,
            long at,
            RecoveryFact fact,
            List<RecoveryOrder> orders,
            UnaryOperator<RecoveryState> next) {
        Case at(long time) {
            return new Case(given, before, time, fact, orders, next);
        }

        /** After other facts, which come at the same time. */
        Case after(RecoveryFact... facts) {
            return new Case(given, List.of(facts), at, fact, orders, next);
        }

        Case orders(RecoveryOrder... wanted) {
            return new Case(given, before, at, fact, List.of(wanted), next);
        }

        Case then(RecoveryState wanted) {
            return new Case(given, before, at, fact, orders, _ -> wanted);
        }

        Case then(UnaryOperator<Run> change) {
            return new Case(
                    given,
                    before,
                    at,
                    fact,
                    orders,
                    state -> state instanceof RecoveryState.Busy busy ? busy.with(change.apply(busy.run())) : state);
        }

        Recovery make() {
            Recovery recovery = given.make();
            before.forEach(earlier -> recovery.on(earlier, at));
            return recovery;
        }

        @Override
        public String toString() {
            return given + (before.isEmpty() ? "" : " after " + before) + ": " + fact;
        }
    }

    /** No orders, the same state: what a case is unless it says otherwise. */
    static Case when(Given given, RecoveryFact fact) {
        return new Case(given, List.of(), given.next, fact, List.of(), UnaryOperator.identity());
    }

    static Stream<Case> nothing(RecoveryFact fact, Given... states) {
        return Arrays.stream(states).map(given -> when(given, fact));
    }

    static TellClient tells(TrainingEvent event) {
        return new TellClient(CLIENT, new Happened("run", event));
    }

    static RecoveryOrder[] all(Object... parts) {
        List<RecoveryOrder> orders = new ArrayList<>();
        for (Object part : parts) {
            if (part instanceof RecoveryOrder order) {
                orders.add(order);
            } else {
                ((List<?>) part).forEach(each -> orders.add((RecoveryOrder) each));
            }
        }
        return orders.toArray(RecoveryOrder[]::new);
    }

    static List<RecoveryOrder> released() {
        return List.of(new ReleaseRanks(A, EPOCH), new ReleaseRanks(B, EPOCH));
    }

    static List<RecoveryOrder> stopped() {
        return List.of(new StopTrainer(EPOCH), new ReleaseRanks(A, EPOCH), new ReleaseRanks(B, EPOCH));
    }

    static List<RecoveryOrder> forgotten() {
        return List.of(new ForgetRun(A, "run"), new ForgetRun(B, "run"));
    }

    static TellClient fails(Failure failure) {
        return new TellClient(CLIENT, new Failed("run", failure.reason(), failure.badInput()));
    }

    static Gathering gathering(Run run, long now) {
        return new Gathering(run, now + seconds(0.5), now + seconds(60));
    }

    static Gathering gatheringAgain(Run run, long now) {
        return new Gathering(run, now + Recovery.SETTLE_LOST.toNanos(), now + seconds(60));
    }

    static Run submitted() {
        return Run.of(ORDER, Optional.of(CLIENT));
    }

    static Run trained() {
        Run run = submitted();
        return run.tells(PLACED, BEGUN);
    }

    static Run recovering(Run run, String reason, long now) {
        return run.tells(new Recovering(reason), now);
    }

    /** What is under way is stopped, all gather again. */
    static Stream<Case> recovers(RecoveryFact fact, String reason, UnaryOperator<Run> change) {
        return Stream.of(
                when(Given.PREPARING, fact)
                        .orders(all(tells(new Recovering(reason)), released()))
                        .then(gatheringAgain(recovering(change.apply(submitted()), reason, LATER), LATER)),
                when(Given.CONNECTING, fact)
                        .orders(all(tells(new Recovering(reason)), stopped()))
                        .then(gatheringAgain(recovering(change.apply(submitted()), reason, LATER), LATER)),
                recoversFromTraining(fact, reason, change));
    }

    static Case recoversFromTraining(RecoveryFact fact, String reason, UnaryOperator<Run> change) {
        return when(Given.TRAINING, fact)
                .orders(all(tells(new Recovering(reason)), stopped()))
                .then(gatheringAgain(recovering(change.apply(trained()), reason, LATER), LATER));
    }

    static Stream<Case> failsUnderWay(RecoveryFact fact, Failure failure) {
        return Stream.of(
                when(Given.PREPARING, fact)
                        .orders(all(released(), fails(failure), forgotten()))
                        .then(new Idle()),
                when(Given.CONNECTING, fact)
                        .orders(all(stopped(), fails(failure), forgotten()))
                        .then(new Idle()),
                when(Given.TRAINING, fact)
                        .orders(all(stopped(), fails(failure), forgotten()))
                        .then(new Idle()));
    }

    static Stream<Case> everywhere(UnaryOperator<Case> expected, RecoveryFact fact, Given... states) {
        return Arrays.stream(states).map(given -> expected.apply(when(given, fact)));
    }

    static final Given[] AT_REST = {Given.RESTING, Given.CUTTING};
    static final Given[] BEFORE_PLACED = {Given.IDLE, Given.GATHERING, Given.READING};
    static final Given[] BUT_UNDER_WAY = {Given.IDLE, Given.GATHERING, Given.READING, Given.ENDING};
}
