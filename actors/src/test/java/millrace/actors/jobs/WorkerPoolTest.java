package millrace.actors.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import millrace.actors.cluster.ActorId;
import org.junit.jupiter.api.Test;

class WorkerPoolTest {
    private static ActorId at(String address) {
        return new ActorId("akka://millrace@" + address + "/user/worker#7");
    }

    /** Whoever has measured some of the nodes knows which of them a run gets. */
    @Test
    void workersAreGivenInTheOrderOfTheirAddresses() {
        WorkerPool pool = new WorkerPool();
        for (String address : List.of("two:25520", "one:25521", "one:9000", "[::1]:25520")) {
            assertThat(pool.heard(at(address))).isTrue();
        }

        assertThat(pool.free()).containsExactly(at("[::1]:25520"), at("one:9000"), at("one:25521"), at("two:25520"));
        pool.give(at("one:9000"), "run");
        assertThat(pool.free()).containsExactly(at("[::1]:25520"), at("one:25521"), at("two:25520"));
    }
}
