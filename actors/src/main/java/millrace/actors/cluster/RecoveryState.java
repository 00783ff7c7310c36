package millrace.actors.cluster;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import millrace.actors.cluster.RecoveryFact.Beginning;
import millrace.actors.cluster.RecoveryFact.Place;
import millrace.actors.event.TrainingEvent;
import millrace.actors.rank.StepWord;
import millrace.actors.wire.manifest.Manifest.FileEntry;

/**
 * How far {@link Recovery} is with a run. Each state has what belongs to it: a deadline, a number, an answer that belongs to
 * another state is gone with it.
 */
sealed interface RecoveryState {
    /** As people see it. */
    String phase();

    /** There is no run. */
    record Idle() implements RecoveryState {
        @Override
        public String phase() {
            return "idle";
        }
    }

    /** There is a run. */
    sealed interface Busy extends RecoveryState {
        Run run();

        /** The same state of the run. */
        Busy with(Run changed);
    }

    /**
     * Workers come, or go; others may at the same time.
     *
     * @param settledAt when the ranks are placed, if there are enough workers
     * @param patientUntil when those that are there have to do
     */
    record Gathering(Run run, long settledAt, long patientUntil) implements Busy {
        @Override
        public String phase() {
            return "gathering";
        }

        @Override
        public Gathering with(Run changed) {
            return new Gathering(changed, settledAt, patientUntil);
        }
    }

    /**
     * The run folder is read for the next run epoch.
     *
     * @param reading the number that the answer has
     */
    record Reading(Run run, long reading) implements Busy {
        @Override
        public String phase() {
            return "reading";
        }

        @Override
        public Reading with(Run changed) {
            return new Reading(changed, reading);
        }
    }

    /**
     * Workers are asked how far ranks that step together have come; nothing works there any more when they answer.
     *
     * @param question the number that answers have
     * @param patientUntil when those that have answered have to do
     * @param asked workers
     * @param rests their answers
     */
    record Resting(Run run, long question, long patientUntil, Set<ActorId> asked, Map<ActorId, AtRest> rests)
            implements Busy {
        @Override
        public String phase() {
            return "gathering";
        }

        @Override
        public Resting with(Run changed) {
            return new Resting(changed, question, patientUntil, asked, rests);
        }

        Resting and(ActorId worker, AtRest rest) {
            return new Resting(run, question, patientUntil, asked, RecoveryState.and(rests, worker, rest));
        }

        boolean isComplete() {
            return rests.keySet().containsAll(asked);
        }
    }

    /**
     * Workers bring their ranks to one step, and hold what they have there.
     *
     * @param question the number that answers have
     * @param patientUntil when those that have answered have to do
     * @param asked workers
     * @param word of the step
     * @param stages of the line
     * @param cuts the files that each of them holds
     */
    record Cutting(
            Run run,
            long question,
            long patientUntil,
            Set<ActorId> asked,
            StepWord word,
            int stages,
            Map<ActorId, List<FileEntry>> cuts)
            implements Busy {
        @Override
        public String phase() {
            return "gathering";
        }

        @Override
        public Cutting with(Run changed) {
            return new Cutting(changed, question, patientUntil, asked, word, stages, cuts);
        }

        Cutting and(ActorId worker, List<FileEntry> files) {
            return new Cutting(
                    run, question, patientUntil, asked, word, stages, RecoveryState.and(cuts, worker, files));
        }

        boolean isComplete() {
            return cuts.keySet().containsAll(asked);
        }
    }

    private static <V> Map<ActorId, V> and(Map<ActorId, V> answers, ActorId worker, V answer) {
        Map<ActorId, V> all = new LinkedHashMap<>(answers);
        all.put(worker, answer);
        return Collections.unmodifiableMap(all);
    }

    /** There is a run epoch, with ranks on workers. */
    sealed interface Placed extends Busy {
        Attempt attempt();
    }

    /** A run epoch that is not through yet: what it loses begins the next one. */
    sealed interface UnderWay extends Placed {}

    /**
     * The workers make their ranks.
     *
     * @param patientUntil when it has taken too long
     * @param places of the ranks that are made, ascending
     */
    record Preparing(Run run, Attempt attempt, long patientUntil, List<Place> places) implements UnderWay {
        @Override
        public String phase() {
            return "preparing";
        }

        @Override
        public Preparing with(Run changed) {
            return new Preparing(changed, attempt, patientUntil, places);
        }

        /** Whether a worker's answer is one that is still waited for: the ranks that it was asked to make, once. */
        boolean waitsFor(ActorId worker, List<Place> made) {
            List<Integer> ranks = made.stream().map(Place::rank).toList();
            return !made.isEmpty()
                    && attempt.shares().of(worker).equals(ranks)
                    && places.stream().noneMatch(place -> place.worker().equals(worker));
        }

        Preparing prepared(List<Place> made) {
            List<Place> all = new ArrayList<>(places);
            all.addAll(made);
            all.sort(Comparator.comparingInt(Place::rank));
            return new Preparing(run, attempt, patientUntil, List.copyOf(all));
        }

        boolean isComplete() {
            return places.size() == attempt.beginning().ranks();
        }
    }

    /**
     * There is a trainer, and the workers connect their ranks with it and with each other.
     *
     * @param patientUntil when it has taken too long
     * @param connected workers that have
     */
    record Connecting(Run run, Attempt attempt, long patientUntil, Set<ActorId> connected) implements UnderWay {
        @Override
        public String phase() {
            return "preparing";
        }

        @Override
        public Connecting with(Run changed) {
            return new Connecting(changed, attempt, patientUntil, connected);
        }

        Connecting connected(ActorId worker) {
            Set<ActorId> all = new HashSet<>(connected);
            all.add(worker);
            return new Connecting(run, attempt, patientUntil, Set.copyOf(all));
        }

        boolean isComplete() {
            return connected.containsAll(attempt.shares().users());
        }
    }

    /** The trainer trains. */
    record Training(Run run, Attempt attempt) implements UnderWay {
        @Override
        public String phase() {
            return "training";
        }

        @Override
        public Training with(Run changed) {
            return new Training(changed, attempt);
        }
    }

    /** All is trained and saved; the run folder is read for what the client is told. Nothing can be lost any more. */
    record Ending(Run run, Attempt attempt) implements Placed {
        @Override
        public String phase() {
            return "ending";
        }

        @Override
        public Ending with(Run changed) {
            return new Ending(changed, attempt);
        }
    }

    /**
     * The run, through all its run epochs.
     *
     * @param client who wants to hear of it, empty while nobody has asked since this trainer took it up
     * @param interrupted whether it shall end
     */
    record Run(
            RunOrder order, Optional<ActorId> client, boolean interrupted, RepeatedFailure failures, ToldEvents told) {
        static Run of(RunOrder order, Optional<ActorId> client) {
            return new Run(order, client, false, RepeatedFailure.NONE, ToldEvents.NONE);
        }

        String id() {
            return order.id();
        }

        Run heardBy(ActorId newClient) {
            return new Run(order, Optional.of(newClient), interrupted, failures, told);
        }

        Run interrupt() {
            return new Run(order, client, true, failures, told);
        }

        Run failed(String reason) {
            return new Run(order, client, interrupted, failures.and(reason), told);
        }

        Run adopted() {
            return new Run(order, client, interrupted, failures, told.adopted());
        }

        Run tells(TrainingEvent event, long now) {
            return new Run(order, client, interrupted, failures, told.and(event, order, now));
        }
    }

    /** A failure that comes again and again at the same place is not one that another attempt would heal. */
    record RepeatedFailure(String reason, int times) {
        static final RepeatedFailure NONE = new RepeatedFailure("", 0);

        RepeatedFailure and(String next) {
            return new RepeatedFailure(next, next.equals(reason) ? times + 1 : 1);
        }
    }

    /** One run epoch: where it begins, and which workers host which ranks. */
    record Attempt(Beginning beginning, WorkerShares shares) {
        long runEpoch() {
            return beginning.runEpoch();
        }
    }
}
