package millrace.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import millrace.actors.node.Knock.Answer;
import millrace.actors.node.NodeAddress;
import org.junit.jupiter.api.Test;

/** A node that is started: whom it asks, when it begins a cluster of its own, and when it must not. */
class EntryTest {
    private static final Optional<NodeAddress> OWN = Optional.of(NodeAddress.parse("own", "a:1"));

    private final Map<String, Answer> network = new LinkedHashMap<>();

    private Entry entry(List<String> join, List<String> former) {
        return entry(OWN, join, former, false);
    }

    private Entry entry(Optional<NodeAddress> own, List<String> join, List<String> former, boolean found) {
        return Entry.of(own, join, former, found, addresses -> {
            Map<NodeAddress, Answer> answers = new LinkedHashMap<>();
            addresses.forEach(
                    address -> answers.put(address, network.getOrDefault(address.toString(), Answer.REFUSED)));
            return answers;
        });
    }

    @Test
    void aNodeThatWasNeverAMemberBeginsACluster() {
        assertThat(entry(List.of(), List.of())).isEqualTo(new Entry(List.of(), Optional.empty()));
        assertThat(entry(Optional.empty(), List.of(), List.of(), false).seeds()).isEmpty();
    }

    @Test
    void aNodeThatIsStartedAgainAsksThoseThatItWasWithFirst() {
        network.put("c:3", Answer.OPEN);
        Entry entry = entry(List.of(), List.of("b:2", "c:3"));
        assertThat(entry.seeds()).containsExactly("a:1", "b:2", "c:3");
        assertThat(entry.notice()).hasValue("was a member of a cluster with b:2, c:3; asks to be admitted again");
    }

    @Test
    void whenAllHaveEndedItBeginsAnotherAndSaysSo() {
        Entry entry = entry(List.of(), List.of("b:2"));
        // itself, so that it may; the other, since that one may just be about to listen, and would begin another too
        assertThat(entry.seeds()).containsExactly("a:1", "b:2");
        assertThat(entry.notice())
                .hasValue(
                        "was a member of a cluster with b:2, which have ended; begins another unless one of them comes back");
    }

    @Test
    void whileNobodyKnowsItBeginsNone() {
        network.put("b:2", Answer.SILENT);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> entry(List.of(), List.of("b:2", "c:3")))
                .withMessage(
                        "cluster: this node was a member of one with b:2: no answer, the machine is off or cannot be"
                                + " reached, c:3: nobody listens there (expected: one that answers, or that has ended for sure);"
                                + " it may be there without this node: start it again when they can be reached, or begin another"
                                + " cluster with --found");
        network.put("b:2", Answer.UNKNOWN);
        assertThatIllegalArgumentException().isThrownBy(() -> entry(List.of("a:1", "b:2"), List.of("b:2")));
        assertThat(entry(OWN, List.of(), List.of("b:2"), true).seeds()).isEmpty();
    }

    /** As Akka's seed nodes: the same list on all machines, and only the first may begin. */
    @Test
    void theSameListEverywhere() {
        List<String> all = List.of("a:1", "b:2", "c:3");
        network.put("b:2", Answer.SILENT);
        network.put("c:3", Answer.UNKNOWN);
        assertThat(entry(all, List.of()).seeds()).isEqualTo(all);
        assertThat(entry(Optional.of(NodeAddress.parse("own", "b:2")), all, List.of(), false)
                        .seeds())
                .containsExactly("a:1", "c:3");
    }

    @Test
    void whoJoinsAsksFormerMembersTooAndNeverBeginsACluster() {
        network.put("b:2", Answer.SILENT);
        assertThat(entry(List.of("b:2"), List.of("b:2", "c:3")).seeds()).containsExactly("b:2", "c:3");
        assertThat(entry(List.of("b:2"), List.of("a:1")).seeds()).containsExactly("b:2");
    }
}
