package millrace.app.command;

import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import millrace.actors.node.ClusterNode;
import millrace.actors.node.NodeSettings;
import millrace.app.output.json.JsonLine;
import millrace.app.ui.ClusterView;
import org.jspecify.annotations.Nullable;

/** A cluster as its member sees it, for the page. */
final class ClusterPage implements ClusterView {
    private static final long APART = TimeUnit.MILLISECONDS.toNanos(500);

    private final Supplier<ClusterNode> member;
    private @Nullable JsonLine known;
    private long knownAt;

    /** @param member the node; throws IllegalStateException while there is none */
    ClusterPage(Supplier<ClusterNode> member) {
        this.member = member;
    }

    /** Asked at most twice a second, however many look: each question goes to all ranks. */
    @Override
    public synchronized JsonLine status() {
        JsonLine last = known;
        if (last != null && System.nanoTime() - knownAt < APART) {
            return last;
        }
        ClusterNode node = member.get();
        JsonLine now = StatusLines.json(
                        node.jobs().status(),
                        node.members().stream()
                                .filter(member -> !member.roles().contains(NodeSettings.CLIENT))
                                .toList())
                .put("jobs", node.jobs().list().stream().map(JobLines::json).toList());
        known = now;
        knownAt = System.nanoTime();
        return now;
    }

    @Override
    public void cancel(String job) {
        ClusterNode node = member.get();
        node.jobs().cancel(JobLines.named(job, node.jobs().list()).name());
    }

    @Override
    public void drain(String address) {
        member.get().drain(address);
    }
}
