package millrace.actors.keeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever happens to messages and nodes, at most one coordinator has the right to write. */
class BallotTest {
    @ParameterizedTest
    @CsvSource({
        "a, a, true",
        "a, b, false",
        "a b, a, true",
        "a b, b, false",
        "a b c, a, false",
        "a b c, b c, true",
        "a b c d, a b, true",
        "a b c d, c d, false",
        "a b c d, b c d, true",
        "a b c d, x y z a, false"
    })
    void aMajorityIsMoreThanHalfOrHalfWithTheFirst(String electors, String willing, boolean enough) {
        assertThat(new Electors(List.of(electors.split(" ", -1))).isMajority(Set.of(willing.split(" ", -1))))
                .isEqualTo(enough);
    }

    @Test
    void electorsAreNamedOnce() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Electors(List.of("a", "b", "a")))
                .withMessage("electors: [a, b, a] (expected: each node once)");
    }

    @Test
    void whatIsWrittenIsReadBack() {
        Promise promise = new Promise(7, "one:25520/3f");
        assertThat(Promise.parse(promise.text())).contains(promise);
        assertThat(Promise.parse(Promise.NONE.text())).contains(Promise.NONE);
        for (String damaged : List.of("", "run-epoch 7 to one", "run-epoch -1 to one\n", "run-epoch 7 to \n", "x\n")) {
            assertThat(Promise.parse(damaged)).as(damaged).isEmpty();
        }
    }

    @Test
    void aRefusalSaysWhichRunEpochIsFree() {
        Ballot ballot = new Ballot(new Promise(3, "x"), new Electors(List.of("a", "b", "c")));
        ballot.answered("a", new Promise(3, "x"));
        assertThat(ballot.silent()).containsExactly("b", "c");
        ballot.answered("b", new Promise(8, "y"));
        assertThat(ballot.isLost()).isFalse();
        ballot.answered("c", new Promise(3, "z"));
        assertThat(ballot.isLost()).isTrue();
        assertThat(ballot.isWon()).isFalse();
        assertThat(ballot.next()).isEqualTo(9);
    }

    /**
     * Nodes that stop, come back with their disk or without it, messages that overtake each other, are lost or come twice, and
     * several coordinators at a time.
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void neverTwoCoordinatorsHaveTheSameRunEpoch(int nodes) {
        int begun = 0;
        for (long seed = 0; seed < 400; seed++) {
            begun += new World(seed, nodes).play();
        }
        assertThat(begun).as("run epochs that have begun").isGreaterThan(400);
    }

    /** A coordinator's question, or a node's answer to it. */
    private record Message(Candidate candidate, int node, boolean isWrite, Promise has) {
        boolean isQuestion() {
            return has.equals(Promise.NONE);
        }
    }

    private static final class Candidate {
        private final Ballot ballot;
        private boolean begun;
        private boolean succeeded;
        private boolean writes;
        private final Set<String> taken = new HashSet<>();

        Candidate(Ballot ballot) {
            this.ballot = ballot;
        }
    }

    private static final class World {
        private final long seed;
        private final Random random;
        private final Electors electors;
        private final List<String> names = new ArrayList<>();
        private final Map<String, Promise> disks = new HashMap<>();
        private final List<Candidate> candidates = new ArrayList<>();
        private final List<Message> underWay = new ArrayList<>();
        private final Map<Long, Candidate> rights = new HashMap<>();

        World(long seed, int nodes) {
            this.seed = seed;
            this.random = new Random(seed * 31 + nodes);
            for (int i = 0; i < nodes; i++) {
                names.add("node-" + i);
            }
            this.electors = new Electors(names);
        }

        int play() {
            for (int i = 0; i < 300; i++) {
                switch (random.nextInt(20)) {
                    case 0 -> stand();
                    case 1 -> write();
                    case 2 -> loseADisk(i);
                    default -> deliver();
                }
            }
            return rights.size();
        }

        /** With an empty disk it is another node. */
        private void loseADisk(int name) {
            if (random.nextInt(10) == 0) {
                names.set(random.nextInt(names.size()), "new-" + name);
            }
        }

        private void stand() {
            // one that was cut off may not know of later ones
            long epoch = candidates.isEmpty() || random.nextInt(4) == 0
                    ? 1 + random.nextInt(3)
                    : candidates.get(random.nextInt(candidates.size())).ballot.next();
            Candidate candidate =
                    new Candidate(new Ballot(new Promise(epoch, "candidate-" + candidates.size()), electors));
            candidates.add(candidate);
            askAll(candidate, false);
        }

        private void write() {
            List<Candidate> able = candidates.stream()
                    .filter(candidate -> candidate.begun && !candidate.writes)
                    .toList();
            if (!able.isEmpty()) {
                Candidate candidate = able.get(random.nextInt(able.size()));
                candidate.writes = true;
                candidate.succeeded = rights.keySet().stream()
                        .anyMatch(epoch -> epoch > candidate.ballot.wanted().epoch());
                askAll(candidate, true);
            }
        }

        private void askAll(Candidate candidate, boolean isWrite) {
            for (int node = 0; node < names.size(); node++) {
                underWay.add(new Message(candidate, node, isWrite, Promise.NONE));
            }
        }

        private void deliver() {
            if (underWay.isEmpty()) {
                return;
            }
            int which = random.nextInt(underWay.size());
            Message message = underWay.get(which);
            if (random.nextInt(8) > 0) {
                underWay.remove(which);
            }
            if (random.nextInt(8) == 0) {
                return;
            }
            if (message.isQuestion()) {
                answer(message);
            } else {
                hear(message);
            }
        }

        private void answer(Message question) {
            String name = names.get(question.node());
            Promise before = disks.getOrDefault(name, Promise.NONE);
            Promise after = before.asked(question.candidate().ballot.wanted());
            disks.put(name, after);
            underWay.add(new Message(question.candidate(), question.node(), question.isWrite(), after));
        }

        private void hear(Message answer) {
            Candidate candidate = answer.candidate();
            String name = names.get(answer.node());
            Promise wanted = candidate.ballot.wanted();
            if (answer.isWrite()) {
                if (answer.has().equals(wanted)) {
                    candidate.taken.add(name);
                }
                assertThat(candidate.succeeded && electors.isMajority(candidate.taken))
                        .as("seed %d: %s writes after a later one has begun", seed, wanted)
                        .isFalse();
                return;
            }
            candidate.ballot.answered(name, answer.has());
            if (candidate.ballot.isWon() && !candidate.begun) {
                candidate.begun = true;
                Candidate other = rights.put(wanted.epoch(), candidate);
                assertThat(other)
                        .as("seed %d: two have run epoch %d", seed, wanted.epoch())
                        .isNull();
                assertThat(Objects.requireNonNull(candidate.ballot).isLost())
                        .as("seed %d", seed)
                        .isFalse();
            }
        }
    }
}
