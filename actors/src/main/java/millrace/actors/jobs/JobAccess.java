package millrace.actors.jobs;

import java.util.Optional;
import java.util.function.Supplier;
import millrace.actors.access.Access;
import millrace.actors.access.Credential;
import millrace.actors.access.Role;
import millrace.actors.cluster.CoordinatorProtocol.WorkerHere;
import millrace.actors.cluster.RunOrder;
import org.slf4j.Logger;

/**
 * Who may do what with jobs, where nodes have roles by certificate: submitters order runs and cancel them, each any of them; nodes
 * that train note what becomes of them. What is refused is logged.
 */
record JobAccess(Access access, Supplier<Logger> log) {
    /** Why nobody who may has ordered this; empty when somebody has. */
    Optional<String> refused(RunOrder order, JobTerms terms) {
        Optional<String> refused = refused(Role.SUBMITTER, order.signedText(), order.credential());
        return refused.isPresent() || terms.areUsual()
                ? refused
                : refused(Role.SUBMITTER, terms.signedText(order), terms.credential());
    }

    /** Whether a run may be cancelled so. */
    boolean allows(JobsProtocol.Cancel cancel) {
        return refused(Role.SUBMITTER, JobsProtocol.Cancel.signedText(cancel.run()), cancel.credential())
                .isEmpty();
    }

    /** Whether a checkpoint may be asked for so. */
    boolean allows(JobsProtocol.Save save) {
        return refused(Role.SUBMITTER, JobsProtocol.Save.signedText(save.run()), save.credential())
                .isEmpty();
    }

    /** Whether a worker is that of a node which may train. */
    boolean allows(WorkerHere here) {
        return refused(Role.WORKER, WorkerHere.signedText(here.address()), here.credential())
                .isEmpty();
    }

    /** Whether a node that trains has noted a job so, and somebody who may has ordered it. */
    boolean isGenuine(JobRecord job) {
        return isNotedByNode(job) && refused(job.order(), job.terms()).isEmpty();
    }

    /** Whether a node that trains has noted a job so. */
    boolean isNotedByNode(JobRecord job) {
        return refused(Role.WORKER, job.signedText(), job.credential()).isEmpty();
    }

    private Optional<String> refused(Role role, String request, Optional<Credential> credential) {
        try {
            access.require(role, request, credential);
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            log.get().warn("refused: {}", e.getMessage());
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }
}
