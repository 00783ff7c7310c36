package millrace.nn.layer;

import java.util.ArrayList;
import java.util.List;

/**
 * A skip connection (He, Zhang, Ren and Sun 2016): {@code y = main(x) + shortcut(x)}. It may be cut anywhere; where it is,
 * the message carries the kept tensor beside the other.
 *
 * @param main the layers that are skipped
 * @param shortcut what x goes through beside them, such as a 1x1 convolution where shapes change; empty: nothing
 */
public record Residual(List<Block> main, List<Block> shortcut) implements Block {
    /**
     * Copies the lists.
     *
     * @throws IllegalArgumentException when there is nothing to skip
     */
    public Residual {
        main = List.copyOf(main);
        shortcut = List.copyOf(shortcut);
        if (main.isEmpty()) {
            throw new IllegalArgumentException("residual layers: none (expected: 1 or more)");
        }
    }

    @Override
    public List<Layer> layers() {
        List<Layer> layers = new ArrayList<>();
        layers.add(Branch.FORK);
        main.forEach(part -> layers.addAll(part.layers()));
        if (!shortcut.isEmpty()) {
            layers.add(Branch.SHORTCUT);
            shortcut.forEach(part -> layers.addAll(part.layers()));
        }
        layers.add(Branch.JOIN);
        return layers;
    }
}
