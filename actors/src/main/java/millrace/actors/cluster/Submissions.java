package millrace.actors.cluster;

import java.util.Optional;
import millrace.actors.cluster.RecoveryOrder.InterruptTrainer;
import millrace.actors.cluster.RecoveryOrder.TellClient;
import millrace.actors.cluster.RecoveryState.Busy;
import millrace.actors.cluster.RecoveryState.Connecting;
import millrace.actors.cluster.RecoveryState.Cutting;
import millrace.actors.cluster.RecoveryState.Ending;
import millrace.actors.cluster.RecoveryState.Gathering;
import millrace.actors.cluster.RecoveryState.Preparing;
import millrace.actors.cluster.RecoveryState.Reading;
import millrace.actors.cluster.RecoveryState.Resting;
import millrace.actors.cluster.RecoveryState.Run;
import millrace.actors.cluster.RecoveryState.Training;

/** What clients want: runs, and their end. */
final class Submissions {
    private final Attempts attempts;

    Submissions(Attempts attempts) {
        this.attempts = attempts;
    }

    void submitted(RunOrder wanted, ActorId client, long now) {
        Optional<ClientProtocol.End> end = attempts.endOf(wanted.id());
        if (attempts.state() instanceof Busy busy && busy.run().id().equals(wanted.id())) {
            boolean isNew = !busy.run().client().equals(Optional.of(client));
            attempts.become(busy.with(busy.run().heardBy(client)));
            attempts.order(new TellClient(client, new ClientProtocol.Accepted(wanted.id())));
            if (isNew) {
                // what was told before there was anybody to hear it
                busy.run()
                        .told()
                        .latest()
                        .forEach(event -> attempts.order(
                                new TellClient(client, new ClientProtocol.Happened(wanted.id(), event))));
            }
        } else if (end.isPresent()) {
            attempts.order(new TellClient(client, end.get()));
        } else if (attempts.state() instanceof Busy busy) {
            String reason = "run " + busy.run().id()
                    + " is under way (expected: one run at a time); wait for its end, or interrupt it";
            attempts.order(new TellClient(client, new ClientProtocol.Failed(wanted.id(), reason, true)));
        } else {
            attempts.order(new TellClient(client, new ClientProtocol.Accepted(wanted.id())));
            attempts.gather(Run.of(wanted, Optional.of(client)), Recovery.SETTLE, now);
        }
    }

    void interruptAsked(String runId) {
        if (attempts.state() instanceof Busy busy && busy.run().id().equals(runId)) {
            attempts.become(busy.with(busy.run().interrupt()));
            switch (busy) {
                case Gathering _ -> attempts.fail(new Failure("interrupted before it was under way", false));
                case Training training ->
                    attempts.order(new InterruptTrainer(training.attempt().runEpoch()));
                // as soon as there is a trainer that can
                case Resting _, Cutting _, Reading _, Preparing _, Connecting _ -> {}
                case Ending _ -> {}
            }
        }
    }
}
