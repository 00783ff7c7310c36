package millrace.actors.jobs;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import millrace.actors.access.Credential;
import millrace.actors.access.SignedText;
import millrace.actors.cluster.RunOrder;

/**
 * What a run asks for as a job, besides what its order says.
 *
 * @param priority of several that wait the one with the largest number begins first
 * @param time for how long it may be under way, pauses for recoveries included; empty: as long as it takes
 * @param steps that it is to have made at its end, for those who want to know how far it is; 0 where nobody knows
 * @param credential who asks for this, where nodes have roles by certificate
 */
public record JobTerms(int priority, Optional<Duration> time, long steps, Optional<Credential> credential) {
    /** Of a run that asks for nothing. */
    public static final JobTerms USUAL = new JobTerms(0, Optional.empty(), 0);

    private static final int FARTHEST = 1000;

    public JobTerms {
        if (Math.abs((long) priority) > FARTHEST) {
            throw new IllegalArgumentException(
                    "priority: " + priority + " (expected: " + -FARTHEST + " to " + FARTHEST + ")");
        }
        time.filter(limit -> !limit.isPositive()).ifPresent(limit -> {
            throw new IllegalArgumentException("limits.time: " + limit + " (expected: a time above 0)");
        });
        if (steps < 0) {
            throw new IllegalArgumentException("steps: " + steps + " (expected: 0 or more)");
        }
    }

    /** Signed by nobody yet. */
    public JobTerms(int priority, Optional<Duration> time, long steps) {
        this(priority, time, steps, Optional.empty());
    }

    /** The same, signed. */
    public JobTerms by(Optional<Credential> who) {
        return new JobTerms(priority, time, steps, who);
    }

    /** Whether a run asks for nothing, so that nobody has to sign it. */
    boolean areUsual() {
        return by(Optional.empty()).equals(USUAL);
    }

    /** What is signed of them: for this run alone. */
    public String signedText(RunOrder order) {
        return SignedText.of(List.of(
                "terms",
                order.signedText(),
                String.valueOf(priority),
                time.map(limit -> String.valueOf(limit.toMillis())).orElse(""),
                String.valueOf(steps)));
    }

    /** Why a run is ended that has taken all of its time. */
    String timeIsOver() {
        return "limits.time: " + time.orElseThrow().toMillis() / 1000.0 + " s are over";
    }
}
