package millrace.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import millrace.actors.cluster.ClientProtocol.Accepted;
import millrace.actors.cluster.ClientProtocol.Ended;
import millrace.actors.cluster.ClientProtocol.Failed;
import millrace.actors.cluster.ClientProtocol.Happened;
import millrace.actors.cluster.CoordinatorProtocol.Status;
import millrace.actors.cluster.CoordinatorProtocol.WorkerStatus;
import millrace.actors.cluster.RecoveryFact.Beginning;
import millrace.actors.cluster.RecoveryFact.FolderRead;
import millrace.actors.cluster.RecoveryFact.FolderUnreadable;
import millrace.actors.cluster.RecoveryFact.InterruptAsked;
import millrace.actors.cluster.RecoveryFact.OutcomeRead;
import millrace.actors.cluster.RecoveryFact.OutcomeUnreadable;
import millrace.actors.cluster.RecoveryFact.Place;
import millrace.actors.cluster.RecoveryFact.PrepareFailed;
import millrace.actors.cluster.RecoveryFact.RankFailed;
import millrace.actors.cluster.RecoveryFact.RanksConnected;
import millrace.actors.cluster.RecoveryFact.RanksPrepared;
import millrace.actors.cluster.RecoveryFact.RunSubmitted;
import millrace.actors.cluster.RecoveryFact.Tick;
import millrace.actors.cluster.RecoveryFact.TrainerFailed;
import millrace.actors.cluster.RecoveryFact.TrainerFinished;
import millrace.actors.cluster.RecoveryFact.TrainerStalled;
import millrace.actors.cluster.RecoveryFact.TrainingHappened;
import millrace.actors.cluster.RecoveryFact.WorkerHere;
import millrace.actors.cluster.RecoveryFact.WorkerLeaving;
import millrace.actors.cluster.RecoveryFact.WorkerLost;
import millrace.actors.cluster.RecoveryFact.WorkersRegistered;
import millrace.actors.cluster.RecoveryOrder.AskWorker;
import millrace.actors.cluster.RecoveryOrder.BeginTraining;
import millrace.actors.cluster.RecoveryOrder.ConnectRanks;
import millrace.actors.cluster.RecoveryOrder.ForgetRun;
import millrace.actors.cluster.RecoveryOrder.InterruptTrainer;
import millrace.actors.cluster.RecoveryOrder.PrepareRanks;
import millrace.actors.cluster.RecoveryOrder.ReadFolder;
import millrace.actors.cluster.RecoveryOrder.ReadOutcome;
import millrace.actors.cluster.RecoveryOrder.ReleaseRanks;
import millrace.actors.cluster.RecoveryOrder.StartTrainer;
import millrace.actors.cluster.RecoveryOrder.StopTrainer;
import millrace.actors.cluster.RecoveryOrder.TellClient;
import millrace.actors.cluster.RecoveryOrder.WatchWorker;
import millrace.actors.cluster.RecoveryState.Attempt;
import millrace.actors.cluster.RecoveryState.Connecting;
import millrace.actors.cluster.RecoveryState.Ending;
import millrace.actors.cluster.RecoveryState.Gathering;
import millrace.actors.cluster.RecoveryState.Idle;
import millrace.actors.cluster.RecoveryState.Preparing;
import millrace.actors.cluster.RecoveryState.Reading;
import millrace.actors.cluster.RecoveryState.Run;
import millrace.actors.cluster.RecoveryState.Training;
import millrace.actors.event.RunResult;
import millrace.actors.event.RunResult.Reason;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingEvent.Placed;
import millrace.actors.event.TrainingEvent.Placed.WorkerRanks;
import millrace.actors.event.TrainingEvent.Recovering;
import millrace.actors.plan.Snapshot;
import millrace.actors.trace.PipelineFigures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The table of {@link Recovery}: what it does and where it goes, for every fact in every state. Two workers, one rank each;
 * the third comes later.
 */
class RecoveryTest {
    private static final ActorId A = new ActorId("worker-a");
    private static final ActorId B = new ActorId("worker-b");
    private static final ActorId C = new ActorId("worker-c");
    private static final ActorId CLIENT = new ActorId("client-1");
    private static final ActorId OTHER_CLIENT = new ActorId("client-2");
    private static final RunOrder ORDER = order("run", 2);
    private static final RunOrder OTHER_ORDER = order("other", 1);
    private static final long EPOCH = 7;
    private static final long STALE = EPOCH - 1;
    private static final long FIRST = 1;
    private static final Place PLACE_A = place(0, A);
    private static final Place PLACE_B = place(1, B);
    private static final List<Place> PLACES = List.of(PLACE_A, PLACE_B);
    private static final Beginning BEGINNING = new Beginning(EPOCH, 2, 40, Optional.of("/step-40"), List.of());
    private static final Failure BAD_INPUT = new Failure("no such file", true);
    private static final Failure TROUBLE = new Failure("disk full", false);
    private static final Placed PLACED =
            new Placed(EPOCH, 40, List.of(new WorkerRanks("a:1", List.of(0)), new WorkerRanks("b:1", List.of(1))), 0);
    private static final Ended ENDED = new Ended("run", result(Reason.COMPLETED));
    private static final Attempt ATTEMPT = new Attempt(BEGINNING, new WorkerShares(ranks()));

    // on a clock that runs over while the run is trained
    private static final long START = Long.MAX_VALUE - seconds(2.5);
    private static final long SETTLED = START + seconds(0.5);
    private static final long GATHERED = START + seconds(0.3);
    private static final long IMPATIENT = START + seconds(60);
    private static final long BEGUN = START + seconds(1);
    private static final long LATER = START + seconds(3);

    private static long seconds(double seconds) {
        return (long) (seconds * 1e9);
    }

    private static RunOrder order(String id, int workers) {
        return new RunOrder(
                id,
                "/runs/" + id,
                "",
                Optional.empty(),
                Optional.empty(),
                workers,
                2,
                Duration.ofSeconds(5),
                Set.of(10));
    }

    private static Place place(int rank, ActorId worker) {
        return new Place(rank, worker, new ActorId(worker + "/rank-" + rank), new ActorId(worker + "/inlet-" + rank));
    }

    private static SequencedMap<ActorId, List<Integer>> ranks() {
        SequencedMap<ActorId, List<Integer>> ranks = new LinkedHashMap<>();
        ranks.put(A, List.of(0));
        ranks.put(B, List.of(1));
        return ranks;
    }

    private static RunResult result(Reason reason) {
        return new RunResult(
                reason,
                100,
                0.5,
                Map.of(),
                1,
                1,
                new Snapshot(100, List.of(), List.of()),
                new PipelineFigures(List.of(), List.of(), List.of(), 0, List.of(), List.of(), List.of(), List.of()));
    }

    private static WorkerHere here(ActorId worker, Optional<RunOrder> known) {
        String name = worker.text().substring("worker-".length());
        return new WorkerHere(worker, name + ":1", 1, 0, known);
    }

    private static WorkerHere here(ActorId worker) {
        return here(worker, Optional.empty());
    }

    private static TrainingEvent step(long step) {
        return new TrainingEvent.Step(step, 100, 0.5, 0.1, new TrainingEvent.Stretch(40, step - 40, step), List.of());
    }

    private static TrainingEvent epochEnd(int epoch) {
        return new TrainingEvent.EpochEnd(epoch, 100L * epoch, 0.5, 0.1, Map.of(), 640, List.of());
    }

    private static TrainingEvent evaluation(long step) {
        return new TrainingEvent.EvaluationDone(step, Map.of());
    }

    /** How far the run is; each is reached from the one before. */
    private enum Given {
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
        private final long next;

        Given(long next) {
            this.next = next;
        }

        abstract Recovery make();

        private static Recovery after(Given given, long now, RecoveryFact... facts) {
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
    private static Case when(Given given, RecoveryFact fact) {
        return new Case(given, List.of(), given.next, fact, List.of(), UnaryOperator.identity());
    }

    private static Stream<Case> nothing(RecoveryFact fact, Given... states) {
        return Arrays.stream(states).map(given -> when(given, fact));
    }

    private static TellClient tells(TrainingEvent event) {
        return new TellClient(CLIENT, new Happened("run", event));
    }

    private static RecoveryOrder[] all(Object... parts) {
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

    private static List<RecoveryOrder> released() {
        return List.of(new ReleaseRanks(A, EPOCH), new ReleaseRanks(B, EPOCH));
    }

    private static List<RecoveryOrder> stopped() {
        return List.of(new StopTrainer(EPOCH), new ReleaseRanks(A, EPOCH), new ReleaseRanks(B, EPOCH));
    }

    private static List<RecoveryOrder> forgotten() {
        return List.of(new ForgetRun(A, "run"), new ForgetRun(B, "run"));
    }

    private static TellClient fails(Failure failure) {
        return new TellClient(CLIENT, new Failed("run", failure.reason(), failure.badInput()));
    }

    private static Gathering gathering(Run run, long now) {
        return new Gathering(run, now + seconds(0.5), now + seconds(60));
    }

    private static Run submitted() {
        return Run.of(ORDER, Optional.of(CLIENT));
    }

    private static Run trained() {
        Run run = submitted();
        return run.tells(PLACED, BEGUN);
    }

    private static Run recovering(Run run, String reason, long now) {
        return run.tells(new Recovering(reason), now);
    }

    /** What is under way is stopped, all gather again. */
    private static Stream<Case> recovers(RecoveryFact fact, String reason, UnaryOperator<Run> change) {
        return Stream.of(
                when(Given.PREPARING, fact)
                        .orders(all(tells(new Recovering(reason)), released()))
                        .then(gathering(recovering(change.apply(submitted()), reason, LATER), LATER)),
                when(Given.CONNECTING, fact)
                        .orders(all(tells(new Recovering(reason)), stopped()))
                        .then(gathering(recovering(change.apply(submitted()), reason, LATER), LATER)),
                recoversFromTraining(fact, reason, change));
    }

    private static Case recoversFromTraining(RecoveryFact fact, String reason, UnaryOperator<Run> change) {
        return when(Given.TRAINING, fact)
                .orders(all(tells(new Recovering(reason)), stopped()))
                .then(gathering(recovering(change.apply(trained()), reason, LATER), LATER));
    }

    private static Stream<Case> failsUnderWay(RecoveryFact fact, Failure failure) {
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

    private static Stream<Case> everywhere(UnaryOperator<Case> expected, RecoveryFact fact, Given... states) {
        return Arrays.stream(states).map(given -> expected.apply(when(given, fact)));
    }

    private static final Given[] BEFORE_PLACED = {Given.IDLE, Given.GATHERING, Given.READING};
    private static final Given[] BUT_UNDER_WAY = {Given.IDLE, Given.GATHERING, Given.READING, Given.ENDING};

    static Stream<Case> time() {
        String silent = "workers: no answer within 60 s";
        return Stream.<Stream<Case>>of(
                        nothing(new Tick(), Given.values()),
                        Stream.of(
                                // who is registered and not heard is asked again, once a second
                                when(Given.IDLE, new Tick()).after(new WorkersRegistered(Set.of(A, B, C))),
                                when(Given.GATHERING, new Tick())
                                        .at(SETTLED)
                                        .orders(new ReadFolder(FIRST, ORDER, 0))
                                        .then(new Reading(submitted(), FIRST)),
                                when(Given.GATHERING, new Tick()).at(SETTLED).after(new WorkerLost(A)),
                                when(Given.GATHERING, new Tick())
                                        .at(IMPATIENT)
                                        .after(new WorkerLost(A), new WorkersRegistered(Set.of(B)))
                                        .orders(new ReadFolder(FIRST, ORDER, 0))
                                        .then(new Reading(submitted(), FIRST)),
                                when(Given.GATHERING, new Tick())
                                        .at(IMPATIENT)
                                        .after(new WorkerLost(A), new WorkerLost(B), new WorkersRegistered(Set.of()))
                                        .orders(fails(new Failure(
                                                "workers: none after 60 s (expected: at least 1); start some: millrace"
                                                        + " node --join HOST:PORT",
                                                false)))
                                        .then(new Idle()),
                                when(Given.PREPARING, new Tick())
                                        .at(BEGUN + seconds(60))
                                        .orders(all(tells(new Recovering(silent)), released()))
                                        .then(gathering(
                                                recovering(submitted().failed(silent), silent, BEGUN + seconds(60)),
                                                BEGUN + seconds(60))),
                                when(Given.CONNECTING, new Tick())
                                        .at(BEGUN + seconds(60))
                                        .orders(all(tells(new Recovering(silent)), stopped()))
                                        .then(gathering(
                                                recovering(submitted().failed(silent), silent, BEGUN + seconds(60)),
                                                BEGUN + seconds(60))),
                                // timers of earlier states
                                when(Given.READING, new Tick()).at(IMPATIENT),
                                when(Given.TRAINING, new Tick()).at(BEGUN + seconds(60)),
                                when(Given.ENDING, new Tick()).at(BEGUN + seconds(600))))
                .flatMap(cases -> cases);
    }

    static Stream<Case> workers() {
        Given[] notGathering = {Given.READING, Given.PREPARING, Given.CONNECTING, Given.TRAINING, Given.ENDING};
        Run adopted = Run.of(ORDER, Optional.empty());
        adopted = recovering(adopted.adopted(), "trainer lost", GATHERED);
        Run joined = recovering(submitted().adopted(), "trainer lost", GATHERED);
        return Stream.<Stream<Case>>of(
                        everywhere(
                                ask -> ask.orders(new AskWorker(C)),
                                new WorkersRegistered(Set.of(A, C)),
                                Given.values()),
                        nothing(new WorkersRegistered(Set.of(A)), Given.values()),
                        everywhere(watch -> watch.orders(new WatchWorker(C)), here(C), Given.values()),
                        nothing(here(A), Given.values()),
                        // a run that others know begins by itself, and is told as one that goes on
                        Stream.of(
                                when(Given.IDLE, here(C, Optional.of(ORDER)))
                                        .orders(new WatchWorker(C))
                                        .then(new Gathering(adopted, GATHERED + seconds(1), GATHERED + seconds(60))),
                                when(Given.IDLE, here(A, Optional.of(ORDER)))
                                        .then(new Gathering(adopted, GATHERED + seconds(1), GATHERED + seconds(60))),
                                when(Given.GATHERING, here(C, Optional.of(ORDER)))
                                        .orders(new WatchWorker(C), tells(new Recovering("trainer lost")))
                                        .then(new Gathering(joined, SETTLED, IMPATIENT)),
                                when(Given.GATHERING, here(A, Optional.of(ORDER))),
                                when(Given.GATHERING, here(C, Optional.of(OTHER_ORDER)))
                                        .orders(new WatchWorker(C)),
                                // before the timer, which is late
                                when(Given.GATHERING, here(C))
                                        .at(SETTLED)
                                        .orders(new WatchWorker(C), new ReadFolder(FIRST, ORDER, 0))
                                        .then(new Reading(submitted(), FIRST)),
                                // the run is over, whatever a worker thinks
                                when(Given.ENDING, here(C, Optional.of(ORDER)))
                                        .after(new OutcomeRead(EPOCH, ENDED))
                                        .orders(new WatchWorker(C), new ForgetRun(C, "run"))),
                        everywhere(
                                watch -> watch.orders(new WatchWorker(C)), here(C, Optional.of(ORDER)), notGathering),
                        nothing(new WorkerLost(A), BUT_UNDER_WAY),
                        recovers(new WorkerLost(A), "worker a:1 lost", UnaryOperator.identity()),
                        nothing(new WorkerLost(C), Given.values()),
                        Arrays.stream(Given.values())
                                .map(given -> when(given, new WorkerLost(C)).after(here(C))),
                        everywhere(
                                release -> release.orders(new ReleaseRanks(A, 0)), new WorkerLeaving(A), BEFORE_PLACED),
                        Stream.of(
                                when(Given.PREPARING, new WorkerLeaving(A))
                                        .orders(all(tells(new Recovering("worker leaving")), released()))
                                        .then(gathering(recovering(submitted(), "worker leaving", LATER), LATER)),
                                when(Given.CONNECTING, new WorkerLeaving(A))
                                        .orders(all(tells(new Recovering("worker leaving")), stopped()))
                                        .then(gathering(recovering(submitted(), "worker leaving", LATER), LATER)),
                                when(Given.TRAINING, new WorkerLeaving(A)).orders(new InterruptTrainer(EPOCH)),
                                when(Given.TRAINING, new WorkerLeaving(A))
                                        .after(new WorkerLeaving(A))
                                        .orders(new InterruptTrainer(EPOCH)),
                                when(Given.TRAINING, new WorkerLeaving(C)).orders(new ReleaseRanks(C, EPOCH)),
                                when(Given.ENDING, new WorkerLeaving(C)).orders(new ReleaseRanks(C, EPOCH))),
                        nothing(new WorkerLeaving(A), Given.ENDING))
                .flatMap(cases -> cases);
    }

    static Stream<Case> clients() {
        Given[] busy = {Given.GATHERING, Given.READING, Given.PREPARING, Given.CONNECTING, Given.TRAINING, Given.ENDING
        };
        Given[] untold = {Given.GATHERING, Given.READING, Given.PREPARING, Given.CONNECTING};
        TellClient accepted = new TellClient(CLIENT, new Accepted("run"));
        TellClient otherAccepted = new TellClient(OTHER_CLIENT, new Accepted("run"));
        TellClient otherPlaced = new TellClient(OTHER_CLIENT, new Happened("run", PLACED));
        return Stream.<Stream<Case>>of(
                        Stream.of(
                                when(Given.IDLE, new RunSubmitted(ORDER, CLIENT))
                                        .orders(accepted)
                                        .then(gathering(submitted(), GATHERED)),
                                when(Given.ENDING, new RunSubmitted(ORDER, OTHER_CLIENT))
                                        .after(new OutcomeRead(EPOCH, ENDED))
                                        .orders(new TellClient(OTHER_CLIENT, ENDED)),
                                when(Given.ENDING, new RunSubmitted(OTHER_ORDER, OTHER_CLIENT))
                                        .after(new OutcomeRead(EPOCH, ENDED))
                                        .orders(new TellClient(OTHER_CLIENT, new Accepted("other")))
                                        .then(gathering(Run.of(OTHER_ORDER, Optional.of(OTHER_CLIENT)), LATER))),
                        // it asks again and again
                        everywhere(again -> again.orders(accepted), new RunSubmitted(ORDER, CLIENT), busy),
                        everywhere(
                                late -> late.orders(otherAccepted).then(run -> run.heardBy(OTHER_CLIENT)),
                                new RunSubmitted(ORDER, OTHER_CLIENT),
                                untold),
                        everywhere(
                                late -> late.orders(otherAccepted, otherPlaced).then(run -> run.heardBy(OTHER_CLIENT)),
                                new RunSubmitted(ORDER, OTHER_CLIENT),
                                Given.TRAINING,
                                Given.ENDING),
                        everywhere(
                                refused -> refused.orders(new TellClient(
                                        OTHER_CLIENT,
                                        new Failed(
                                                "other",
                                                "run run is under way (expected: one run at a time); wait for its end,"
                                                        + " or interrupt it",
                                                true))),
                                new RunSubmitted(OTHER_ORDER, OTHER_CLIENT),
                                busy),
                        nothing(new InterruptAsked("other"), Given.values()),
                        nothing(new InterruptAsked("run"), Given.IDLE),
                        Stream.of(when(Given.GATHERING, new InterruptAsked("run"))
                                .orders(all(
                                        fails(new Failure("interrupted before it was under way", false)), forgotten()))
                                .then(new Idle())),
                        everywhere(
                                noted -> noted.then(Run::interrupt),
                                new InterruptAsked("run"),
                                Given.READING,
                                Given.PREPARING,
                                Given.CONNECTING,
                                Given.ENDING),
                        Stream.of(
                                when(Given.TRAINING, new InterruptAsked("run"))
                                        .orders(new InterruptTrainer(EPOCH))
                                        .then(Run::interrupt),
                                when(Given.TRAINING, new InterruptAsked("run"))
                                        .after(new InterruptAsked("run"))
                                        .orders(new InterruptTrainer(EPOCH)),
                                // as soon as it can be
                                when(Given.CONNECTING, new RanksConnected(EPOCH, B))
                                        .at(BEGUN)
                                        .after(new InterruptAsked("run"), new RanksConnected(EPOCH, A))
                                        .orders(new BeginTraining(EPOCH), tells(PLACED), new InterruptTrainer(EPOCH))
                                        .then(new Training(trained().interrupt(), ATTEMPT))))
                .flatMap(cases -> cases);
    }

    static Stream<Case> runFolder() {
        Beginning damaged = new Beginning(
                EPOCH, 2, 40, Optional.of("/step-40"), List.of("/step-50: digest differs", "/step-45: no weights"));
        Run noticed = submitted();
        Given[] butReading = {
            Given.IDLE, Given.GATHERING, Given.PREPARING, Given.CONNECTING, Given.TRAINING, Given.ENDING
        };
        List<RecoveryOrder> prepares = List.of(
                new PrepareRanks(A, EPOCH, ORDER, List.of(0), Optional.of("/step-40")),
                new PrepareRanks(B, EPOCH, ORDER, List.of(1), Optional.of("/step-40")));
        Preparing preparing = new Preparing(submitted(), ATTEMPT, LATER + seconds(60), List.of());
        SequencedMap<ActorId, List<Integer>> withSpare = ranks();
        withSpare.put(C, List.of());
        SequencedMap<ActorId, List<Integer>> onlyB = new LinkedHashMap<>();
        onlyB.put(B, List.of(0, 1));
        return Stream.<Stream<Case>>of(
                        Stream.of(
                                when(Given.READING, new FolderRead(FIRST, BEGINNING))
                                        .orders(all(prepares))
                                        .then(preparing),
                                when(Given.READING, new FolderRead(FIRST, damaged))
                                        .orders(all(
                                                tells(new TrainingEvent.Noticed(
                                                        "/step-50: digest differs; the one before it is used")),
                                                tells(new TrainingEvent.Noticed(
                                                        "/step-45: no weights; the one before it is used")),
                                                prepares))
                                        .then(new Preparing(
                                                noticed,
                                                new Attempt(damaged, ATTEMPT.shares()),
                                                LATER + seconds(60),
                                                List.of())),
                                // one that is too many only remembers the run
                                when(Given.READING, new FolderRead(FIRST, BEGINNING))
                                        .after(here(C))
                                        .orders(all(
                                                prepares,
                                                new PrepareRanks(C, EPOCH, ORDER, List.of(), Optional.of("/step-40"))))
                                        .then(new Preparing(
                                                submitted(),
                                                new Attempt(BEGINNING, new WorkerShares(withSpare)),
                                                LATER + seconds(60),
                                                List.of())),
                                // neither who is gone nor who leaves gets ranks
                                when(Given.READING, new FolderRead(FIRST, BEGINNING))
                                        .after(new WorkerLeaving(A))
                                        .orders(new PrepareRanks(
                                                B, EPOCH, ORDER, List.of(0, 1), Optional.of("/step-40")))
                                        .then(new Preparing(
                                                submitted(),
                                                new Attempt(BEGINNING, new WorkerShares(onlyB)),
                                                LATER + seconds(60),
                                                List.of())),
                                when(Given.READING, new FolderRead(FIRST, BEGINNING))
                                        .after(new WorkerLost(A), new WorkerLost(B))
                                        .then(gathering(submitted(), LATER)),
                                when(Given.READING, new FolderUnreadable(FIRST, BAD_INPUT))
                                        .orders(all(fails(BAD_INPUT), forgotten()))
                                        .then(new Idle()),
                                // answers to another coordinator's questions, in another life of this actor
                                when(Given.READING, new FolderRead(FIRST - 1, BEGINNING)),
                                when(Given.READING, new FolderUnreadable(FIRST - 1, BAD_INPUT))),
                        nothing(new FolderRead(FIRST, BEGINNING), butReading),
                        nothing(new FolderUnreadable(FIRST, BAD_INPUT), butReading))
                .flatMap(cases -> cases);
    }

    static Stream<Case> ranksOfWorkers() {
        RanksPrepared preparedA = new RanksPrepared(EPOCH, A, List.of(PLACE_A));
        RanksPrepared preparedB = new RanksPrepared(EPOCH, B, List.of(PLACE_B));
        RanksConnected connectedA = new RanksConnected(EPOCH, A);
        RanksConnected connectedB = new RanksConnected(EPOCH, B);
        long patientUntil = BEGUN + seconds(60);
        Given[] butPreparing = {
            Given.IDLE, Given.GATHERING, Given.READING, Given.CONNECTING, Given.TRAINING, Given.ENDING
        };
        Given[] butConnecting = {
            Given.IDLE, Given.GATHERING, Given.READING, Given.PREPARING, Given.TRAINING, Given.ENDING
        };
        return Stream.<Stream<Case>>of(
                        nothing(preparedA, butPreparing),
                        Stream.of(
                                when(Given.PREPARING, preparedB)
                                        .then(new Preparing(submitted(), ATTEMPT, patientUntil, List.of(PLACE_B))),
                                when(Given.PREPARING, preparedB).after(preparedB),
                                when(Given.PREPARING, new RanksPrepared(STALE, A, List.of(PLACE_A))),
                                // of a spare worker, and of one that was not asked
                                when(Given.PREPARING, new RanksPrepared(EPOCH, C, List.of())),
                                when(Given.PREPARING, new RanksPrepared(EPOCH, C, List.of(place(0, C)))),
                                // other ranks than it was asked to make
                                when(Given.PREPARING, new RanksPrepared(EPOCH, A, List.of(place(1, A)))),
                                when(Given.PREPARING, new RanksPrepared(EPOCH, A, List.of())),
                                when(Given.PREPARING, preparedA)
                                        .after(preparedB)
                                        .orders(
                                                new StartTrainer(EPOCH, ORDER, PLACES),
                                                new ConnectRanks(A, EPOCH, PLACES),
                                                new ConnectRanks(B, EPOCH, PLACES))
                                        .then(new Connecting(submitted(), ATTEMPT, patientUntil, Set.of()))),
                        nothing(connectedA, butConnecting),
                        Stream.of(
                                when(Given.CONNECTING, connectedA)
                                        .then(new Connecting(submitted(), ATTEMPT, patientUntil, Set.of(A))),
                                when(Given.CONNECTING, connectedA).after(connectedA),
                                when(Given.CONNECTING, new RanksConnected(STALE, A)),
                                when(Given.CONNECTING, connectedB)
                                        .after(connectedA)
                                        .at(BEGUN)
                                        .orders(new BeginTraining(EPOCH), tells(PLACED))
                                        .then(new Training(trained(), ATTEMPT))),
                        nothing(new PrepareFailed(EPOCH, A, BAD_INPUT), BUT_UNDER_WAY),
                        nothing(new PrepareFailed(STALE, A, BAD_INPUT), Given.values()),
                        failsUnderWay(new PrepareFailed(EPOCH, A, BAD_INPUT), BAD_INPUT),
                        recovers(new PrepareFailed(EPOCH, A, TROUBLE), "disk full", run -> run.failed("disk full")),
                        nothing(new RankFailed(EPOCH, 1, "oops"), BUT_UNDER_WAY),
                        nothing(new RankFailed(STALE, 1, "stopped"), Given.values()),
                        recovers(
                                new RankFailed(EPOCH, 1, "oops"),
                                "rank 1 failed: oops",
                                run -> run.failed("rank 1 failed: oops")),
                        Stream.of(when(Given.TRAINING, new RankFailed(EPOCH, 1, "oops"))
                                .after(new RankFailed(EPOCH, 1, "oops"))))
                .flatMap(cases -> cases);
    }

    static Stream<Case> trainer() {
        Given[] butTraining = {
            Given.IDLE, Given.GATHERING, Given.READING, Given.PREPARING, Given.CONNECTING, Given.ENDING
        };
        Given[] butEnding = {
            Given.IDLE, Given.GATHERING, Given.READING, Given.PREPARING, Given.CONNECTING, Given.TRAINING
        };
        Given[] placed = {Given.PREPARING, Given.CONNECTING, Given.TRAINING, Given.ENDING};
        RunResult completed = result(Reason.COMPLETED);
        RunResult interrupted = result(Reason.INTERRUPTED);
        return Stream.<Stream<Case>>of(
                        nothing(new TrainingHappened(EPOCH, step(41)), BEFORE_PLACED),
                        nothing(new TrainingHappened(STALE, step(41)), Given.values()),
                        everywhere(
                                told -> told.orders(tells(step(41))).then(run -> run.tells(step(41), LATER)),
                                new TrainingHappened(EPOCH, step(41)),
                                placed),
                        Stream.of(
                                // of steps that nobody has asked for it tells one now and then
                                when(Given.TRAINING, new TrainingHappened(EPOCH, step(42)))
                                        .after(new TrainingHappened(EPOCH, step(41)))
                                        .then(run -> run.tells(step(42), LATER)),
                                when(Given.TRAINING, new TrainingHappened(EPOCH, step(50)))
                                        .after(new TrainingHappened(EPOCH, step(49)))
                                        .orders(tells(step(50)))
                                        .then(run -> run.tells(step(50), LATER)),
                                // made again after a failure, or told twice
                                when(Given.TRAINING, new TrainingHappened(EPOCH, step(50)))
                                        .after(new TrainingHappened(EPOCH, step(50)))
                                        .then(run -> run.tells(step(50), LATER)),
                                when(Given.TRAINING, new TrainingHappened(EPOCH, epochEnd(1)))
                                        .orders(tells(epochEnd(1)))
                                        .then(run -> run.tells(epochEnd(1), LATER)),
                                when(Given.TRAINING, new TrainingHappened(EPOCH, epochEnd(1)))
                                        .after(new TrainingHappened(EPOCH, epochEnd(1)))
                                        .then(run -> run.tells(epochEnd(1), LATER)),
                                when(Given.TRAINING, new TrainingHappened(EPOCH, evaluation(45)))
                                        .orders(tells(evaluation(45)))
                                        .then(run -> run.tells(evaluation(45), LATER)),
                                when(Given.TRAINING, new TrainingHappened(EPOCH, evaluation(45)))
                                        .after(new TrainingHappened(EPOCH, evaluation(45)))
                                        .then(run -> run.tells(evaluation(45), LATER))),
                        nothing(new TrainerFinished(EPOCH, completed), butTraining),
                        nothing(new TrainerFinished(STALE, completed), Given.values()),
                        Stream.of(
                                when(Given.TRAINING, new TrainerFinished(EPOCH, completed))
                                        .orders(new ReadOutcome(EPOCH, ORDER, completed))
                                        .then(new Ending(trained(), ATTEMPT)),
                                // a client's wish goes before a worker's
                                when(Given.TRAINING, new TrainerFinished(EPOCH, interrupted))
                                        .after(new WorkerLeaving(A), new InterruptAsked("run"))
                                        .orders(new ReadOutcome(EPOCH, ORDER, interrupted))
                                        .then(new Ending(trained().interrupt(), ATTEMPT)),
                                // it was through before it heard of the worker
                                when(Given.TRAINING, new TrainerFinished(EPOCH, completed))
                                        .after(new WorkerLeaving(A))
                                        .orders(new ReadOutcome(EPOCH, ORDER, completed))
                                        .then(new Ending(trained(), ATTEMPT)),
                                when(Given.TRAINING, new TrainerFinished(EPOCH, interrupted))
                                        .after(new WorkerLeaving(A))
                                        .orders(all(tells(new Recovering("worker leaving")), stopped()))
                                        .then(gathering(recovering(trained(), "worker leaving", LATER), LATER))),
                        nothing(new TrainerStalled(EPOCH, "rank 0 waits"), butTraining),
                        nothing(new TrainerStalled(STALE, "rank 0 waits"), Given.values()),
                        Stream.of(recoversFromTraining(
                                new TrainerStalled(EPOCH, "rank 0 waits"),
                                "rank 0 waits",
                                run -> run.failed("rank 0 waits"))),
                        nothing(new TrainerFailed(EPOCH, TROUBLE), BUT_UNDER_WAY),
                        nothing(new TrainerFailed(STALE, TROUBLE), Given.values()),
                        failsUnderWay(new TrainerFailed(EPOCH, TROUBLE), TROUBLE),
                        nothing(new OutcomeRead(EPOCH, ENDED), butEnding),
                        nothing(new OutcomeRead(STALE, ENDED), Given.values()),
                        Stream.of(
                                when(Given.ENDING, new OutcomeRead(EPOCH, ENDED))
                                        .orders(all(stopped(), new TellClient(CLIENT, ENDED), forgotten()))
                                        .then(new Idle()),
                                when(Given.ENDING, new OutcomeRead(EPOCH, ENDED))
                                        .after(new OutcomeRead(EPOCH, ENDED))),
                        nothing(new OutcomeUnreadable(EPOCH, TROUBLE), butEnding),
                        nothing(new OutcomeUnreadable(STALE, TROUBLE), Given.values()),
                        Stream.of(when(Given.ENDING, new OutcomeUnreadable(EPOCH, TROUBLE))
                                .orders(all(stopped(), fails(TROUBLE), forgotten()))
                                .then(new Idle())))
                .flatMap(cases -> cases);
    }

    static Stream<Case> table() {
        return Stream.<Stream<Case>>of(time(), workers(), clients(), runFolder(), ranksOfWorkers(), trainer())
                .flatMap(cases -> cases);
    }

    @ParameterizedTest
    @MethodSource("table")
    void everyFactHasItsAnswer(Case row) {
        Recovery recovery = row.make();
        RecoveryState next = row.next().apply(recovery.state());

        List<RecoveryOrder> orders = recovery.on(row.fact(), row.at());

        assertThat(orders).isEqualTo(row.orders());
        assertThat(recovery.state()).isEqualTo(next);
    }

    @Test
    void everyPairOfStateAndFactIsInTheTable() {
        Set<String> cells = new LinkedHashSet<>();
        leaves(RecoveryState.class)
                .forEach(state -> leaves(RecoveryFact.class)
                        .forEach(fact -> cells.add(state.getSimpleName() + " x " + fact.getSimpleName())));
        assertThat(cells).as("states x facts").hasSizeGreaterThan(100);

        table().forEach(row -> cells.remove(row.make().state().getClass().getSimpleName() + " x "
                + row.fact().getClass().getSimpleName()));

        assertThat(cells).as("without a case").isEmpty();
    }

    private static Stream<Class<?>> leaves(Class<?> type) {
        // nested records that are no facts themselves, such as Place, are not among the permitted ones
        return type.isSealed()
                ? Arrays.stream(type.getPermittedSubclasses()).flatMap(RecoveryTest::leaves)
                : Stream.of(type);
    }

    // ---- stories that take more than one step

    private static final class Story {
        private final Recovery recovery;
        private long now;

        private Story(Given given) {
            this.recovery = given.make();
            this.now = LATER;
        }

        private List<RecoveryOrder> on(RecoveryFact fact) {
            return recovery.on(fact, now);
        }

        private void passes(double time) {
            now += seconds(time);
        }

        /** From gathering to training, in a run epoch that the folder gives. */
        private List<RecoveryOrder> trains(long runEpoch) {
            passes(0.5);
            ReadFolder reading = (ReadFolder) on(new Tick()).getFirst();
            on(new FolderRead(reading.reading(), new Beginning(runEpoch, 2, 50, Optional.of("/step-50"), List.of())));
            on(new RanksPrepared(runEpoch, A, List.of(PLACE_A)));
            on(new RanksPrepared(runEpoch, B, List.of(PLACE_B)));
            on(new RanksConnected(runEpoch, A));
            List<RecoveryOrder> last = on(new RanksConnected(runEpoch, B));
            assertThat(recovery.state()).isInstanceOf(Training.class);
            return last;
        }
    }

    @Test
    void theSameFailureThreeTimesInARowEndsTheRun() {
        Story story = new Story(Given.TRAINING);
        story.on(new RankFailed(EPOCH, 0, "NaN"));
        story.trains(8);
        story.on(new TrainerStalled(8, "rank 1 waits"));
        story.trains(9);
        story.on(new RankFailed(9, 0, "NaN"));
        story.trains(10);
        story.on(new RankFailed(10, 0, "NaN"));
        story.trains(11);

        List<RecoveryOrder> orders = story.on(new RankFailed(11, 0, "NaN"));

        assertThat(orders).contains(new TellClient(CLIENT, new Failed("run", "rank 0 failed: NaN", false)));
        assertThat(story.recovery.state()).isEqualTo(new Idle());
    }

    @Test
    void aRecoverySaysHowLongItTookAndALateClientHearsOfIt() {
        Story story = new Story(Given.TRAINING);
        story.on(new TrainingHappened(EPOCH, step(60)));
        story.on(new RankFailed(EPOCH, 0, "NaN"));
        story.passes(2);

        List<RecoveryOrder> orders = story.trains(8);

        Placed placed = new Placed(8, 50, PLACED.workers(), 2.5);
        assertThat(orders).containsExactly(new BeginTraining(8), tells(placed));
        assertThat(story.on(new RunSubmitted(ORDER, OTHER_CLIENT)))
                .containsExactly(
                        new TellClient(OTHER_CLIENT, new Accepted("run")),
                        new TellClient(OTHER_CLIENT, new Happened("run", new Recovering("rank 0 failed: NaN"))),
                        new TellClient(OTHER_CLIENT, new Happened("run", placed)));
        assertThat(story.recovery.status())
                .isEqualTo(new Status(
                        Optional.of("run"),
                        "training",
                        8,
                        60,
                        0,
                        List.of(new WorkerStatus("a:1", 1, List.of(0)), new WorkerStatus("b:1", 1, List.of(1)))));
    }

    @Test
    void aRunThatHasBegunGoesOnWithTheWorkersThatAreLeft() {
        Story story = new Story(Given.TRAINING);
        story.on(new WorkerLost(A));
        story.passes(0.5);

        assertThat(story.on(new Tick())).contains(new ReadFolder(FIRST + 1, ORDER, EPOCH));
    }

    @Test
    void theNextRunEpochIsAboveAllThatTheWorkersHaveHeardOf() {
        Story story = new Story(Given.GATHERING);
        story.on(new WorkerHere(C, "c:1", 1, 99, Optional.empty()));

        assertThat(story.recovery.state()).isInstanceOf(Reading.class);
        assertThat(story.recovery.status().phase()).isEqualTo("reading");
        Story again = new Story(Given.IDLE);
        again.on(new WorkerHere(C, "c:1", 1, 99, Optional.empty()));
        again.on(new RunSubmitted(ORDER, CLIENT));
        again.passes(1);
        assertThat(again.on(new Tick())).containsExactly(new ReadFolder(FIRST, ORDER, 99));
    }

    @Test
    void aWorkerThatIsNotHeardIsAskedOnceASecond() {
        Recovery recovery = new Recovery(0);
        assertThat(recovery.deadline(START)).isEmpty();
        assertThat(recovery.on(new WorkersRegistered(Set.of(A, B)), START))
                .containsExactly(new AskWorker(A), new AskWorker(B));
        recovery.on(here(B), START);

        assertThat(recovery.deadline(START)).isEqualTo(OptionalLong.of(START + seconds(1)));
        assertThat(recovery.on(new Tick(), START + seconds(0.9))).isEmpty();
        assertThat(recovery.on(new Tick(), START + seconds(1))).containsExactly(new AskWorker(A));
        recovery.on(here(A), START + seconds(1.1));
        assertThat(recovery.deadline(START + seconds(1.1))).isEmpty();
    }

    /** On a busy machine a timer is late, and what comes before it must not put the beginning off by a minute. */
    @Test
    void anyFactThatComesWhenTheRanksCouldBePlacedHasThemPlaced() {
        for (RecoveryFact fact : List.of(
                new RunSubmitted(ORDER, CLIENT), new WorkersRegistered(Set.of(A, B)), here(A), new WorkerLost(C))) {
            Recovery recovery = Given.GATHERING.make();

            List<RecoveryOrder> orders = recovery.on(fact, SETTLED + seconds(0.01));

            assertThat(recovery.state()).as(fact.toString()).isInstanceOf(Reading.class);
            assertThat(orders).as(fact.toString()).anyMatch(order -> order instanceof ReadFolder);
        }
    }

    @Test
    void eachStateThatWaitsForTimeSaysUntilWhen() {
        assertThat(Given.GATHERING.make().deadline(GATHERED)).hasValue(SETTLED);
        assertThat(Given.GATHERING.make().deadline(SETTLED)).hasValue(IMPATIENT);
        assertThat(Given.PREPARING.make().deadline(LATER)).hasValue(BEGUN + seconds(60));
        assertThat(Given.CONNECTING.make().deadline(LATER)).hasValue(BEGUN + seconds(60));
        for (Given given : List.of(Given.IDLE, Given.READING, Given.TRAINING, Given.ENDING)) {
            assertThat(given.make().deadline(LATER)).as(given.name()).isEmpty();
        }
    }

    @Test
    void theNextRunKnowsNothingOfTheOneBefore() {
        Story story = new Story(Given.TRAINING);
        story.on(new InterruptAsked("run"));
        story.on(new TrainerFinished(EPOCH, result(Reason.INTERRUPTED)));
        story.on(new OutcomeRead(EPOCH, ENDED));

        assertThat(story.on(here(C, Optional.of(OTHER_ORDER)))).containsExactly(new WatchWorker(C));

        assertThat(((Gathering) story.recovery.state()).run().client()).isEmpty();
        assertThat(((Gathering) story.recovery.state()).run().interrupted()).isFalse();
    }
}
