package millrace.schedule;

import java.util.List;

/**
 * A forward and a backward of another chunk in one slot: neither starts before the inputs of both are here, and their
 * results leave together (DualPipe, DeepSeek-V3, 2024).
 *
 * @param first computed first
 * @param second computed second
 */
public record Fused(Action first, Action second) implements Cell {
    @Override
    public List<Action> actions() {
        return List.of(first, second);
    }

    @Override
    public String toString() {
        return "(" + first + ";" + second + ")";
    }
}
