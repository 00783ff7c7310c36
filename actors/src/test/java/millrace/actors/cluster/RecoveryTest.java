package millrace.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of {@link Recovery}: what it does and where it goes, for every fact in every state. */
class RecoveryTest extends RecoveryFixture {
    static Stream<Case> table() {
        return Stream.<Stream<Case>>of(
                        RecoveryRows.time(),
                        RecoveryRows.workers(),
                        RecoveryRows.clients(),
                        RecoveryRestRows.rows(),
                        RecoveryAnswers.runFolder(),
                        RecoveryAnswers.ranksOfWorkers(),
                        RecoveryAnswers.trainer())
                .flatMap(cases -> cases);
    }

    @ParameterizedTest
    @MethodSource("table")
    void everyFactHasItsAnswer(Case row) {
        Recovery recovery = row.make();
        RecoveryState next = row.next().apply(recovery.state());

        List<RecoveryOrder> orders = recovery.on(row.fact(), row.at());

        assertThat(orders).isEqualTo(row.orders());
        assertThat(recovery.state()).isEqualTo(next);
    }

    @Test
    void everyPairOfStateAndFactIsInTheTable() {
        Set<String> cells = new LinkedHashSet<>();
        leaves(RecoveryState.class)
                .forEach(state -> leaves(RecoveryFact.class)
                        .forEach(fact -> cells.add(state.getSimpleName() + " x " + fact.getSimpleName())));
        assertThat(cells).as("states x facts").hasSizeGreaterThan(100);

        table().forEach(row -> cells.remove(row.make().state().getClass().getSimpleName() + " x "
                + row.fact().getClass().getSimpleName()));

        assertThat(cells).as("without a case").isEmpty();
    }

    private static Stream<Class<?>> leaves(Class<?> type) {
        // nested records that are no facts themselves, such as Place, are not among the permitted ones
        return type.isSealed()
                ? Arrays.stream(type.getPermittedSubclasses()).flatMap(RecoveryTest::leaves)
                : Stream.of(type);
    }
}
