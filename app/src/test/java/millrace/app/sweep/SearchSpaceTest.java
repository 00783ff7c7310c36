package millrace.app.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;

class SearchSpaceTest {
    private static SearchSpace space(String... axes) {
        return new SearchSpace(List.of(axes).stream().map(Axis::parse).toList());
    }

    @Test
    void commasWithinAValueDoNotCutIt() {
        assertThat(Axis.parse("model.layers=[relu,{type=dense,units=3}],[tanh]"))
                .isEqualTo(new Axis.Choice("model.layers", List.of("[relu,{type=dense,units=3}]", "[tanh]")));
        assertThat(Axis.parse("name=\"a,b\", c")).isEqualTo(new Axis.Choice("name", List.of("\"a,b\"", "c")));
    }

    @Test
    void theLastKeyOfAGridChangesFastest() {
        assertThat(space("a=1,2", "b=x,y").grid().stream().map(Object::toString))
                .containsExactly("{a=1, b=x}", "{a=1, b=y}", "{a=2, b=x}", "{a=2, b=y}");
    }

    @Test
    void rangesAreDrawnLogUniformly() {
        List<Double> drawn = space("lr=1e-4..1e-1").random(3000, 7).stream()
                .map(settings -> Double.valueOf(settings.getOrDefault("lr", "")))
                .toList();

        assertThat(drawn).allMatch(value -> value >= 1e-4 && value <= 1e-1);
        // a third of the draws for each factor of ten; 3 deviations are 78
        assertThat(drawn.stream().filter(value -> value < 1e-3)).hasSizeBetween(922, 1078);
        assertThat(drawn.stream().filter(value -> value >= 1e-2)).hasSizeBetween(922, 1078);
    }

    @Test
    void rangesOfWholeNumbersGiveWholeNumbersUpToBothEnds() {
        assertThat(space("units=1..4").random(200, 1).stream().map(settings -> settings.get("units")))
                .containsOnly("1", "2", "3", "4")
                .contains("1", "2", "3", "4");
    }

    @Test
    void moreTrialsBeginWithTheSame() {
        List<SequencedMap<String, String>> few =
                space("lr=1e-4..1e-1", "batch=8,16").random(3, 1);

        assertThat(space("lr=1e-4..1e-1", "batch=8,16").random(9, 1).subList(0, 3))
                .isEqualTo(few);
    }

    @Test
    void halvingEndsWithAllEpochsAndAtLeastOneTrial() {
        assertThat(new Halving(3, 1).rungs(9)).containsExactly(1, 3, 9);
        assertThat(new Halving(3, 1).rungs(10)).containsExactly(1, 3, 9, 10);
        assertThat(new Halving(2, 4).rungs(3)).containsExactly(3);
        assertThat(Halving.NONE.rungs(5)).containsExactly(5);
        assertThat(new Halving(3, 1).survivors(9)).isEqualTo(3);
        assertThat(new Halving(3, 1).survivors(2)).isEqualTo(1);
    }

    @Test
    void theUsualObjectiveIsTheAccuracyOfTheValidationSet() {
        assertThat(Objective.usual(Map.of("validation", true, "test", true)).word())
                .isEqualTo("validation-accuracy");
        assertThat(Objective.usual(Map.of("test", false)).word()).isEqualTo("test-loss");
        assertThat(Objective.usual(Map.of()).word()).isEqualTo("training-loss");
    }
}
