package millrace.app.command;

import com.typesafe.config.Config;
import millrace.actors.jobs.JobTerms;
import millrace.app.config.LimitsReader;
import picocli.CommandLine.Option;

/** What a run asks for as a job of a cluster. */
final class JobOptions {
    @Option(
            names = "--priority",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "on a cluster, where several runs wait: the one with the largest number begins first (default:"
                            + " ${DEFAULT-VALUE})")
    private int priority;

    /**
     * With the limits of the settings.
     *
     * @param steps that the run makes
     */
    JobTerms terms(Config config, long steps) {
        return new JobTerms(priority, LimitsReader.time(config), steps);
    }

    /** For a run that is not on a cluster: there is no queue. */
    void requireNone() {
        if (priority != 0) {
            throw new IllegalArgumentException(
                    "--priority: " + priority + " (expected: with --cluster, a run elsewhere waits for nobody)");
        }
    }
}
