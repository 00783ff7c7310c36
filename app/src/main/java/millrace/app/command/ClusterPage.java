package millrace.app.command;

import java.util.List;
import java.util.function.Supplier;
import millrace.actors.node.ClusterNode;
import millrace.actors.node.NodeSettings;
import millrace.app.output.json.JsonLine;
import millrace.app.ui.ClusterView;

/** A cluster as its member sees it, for the page. */
final class ClusterPage implements ClusterView {
    private final Supplier<ClusterNode> member;

    /** @param member the node; throws IllegalStateException while there is none */
    ClusterPage(Supplier<ClusterNode> member) {
        this.member = member;
    }

    @Override
    public JsonLine status() {
        ClusterNode node = member.get();
        return StatusLines.json(
                node.jobs().status(),
                node.members().stream()
                        .filter(member -> !member.roles().contains(NodeSettings.CLIENT))
                        .toList());
    }

    @Override
    public List<JsonLine> jobs() {
        return member.get().jobs().list().stream().map(JobLines::json).toList();
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
