package millrace.nn.layer;

import java.util.List;
import java.util.stream.Stream;
import millrace.nn.random.Initializer;

/**
 * A block of a transformer, with normalization first (as in GPT-2): {@code x +
 * attention(norm(x))}, then {@code x + dense(gelu(dense(norm(x))))}, the inner one four times as wide. Samples of T x
 * width, out as in.
 *
 * @param width columns of a position
 * @param heads of the attention, a divisor of width
 * @param dropout probability after attention and after the last dense layer; 0: none
 * @param causal whether a position sees only itself and those before it, as where a text is continued
 * @param initializer of the weight matrices
 */
public record TransformerBlock(int width, int heads, float dropout, boolean causal, Initializer initializer)
        implements Block {
    private static final int WIDER = 4;

    @Override
    public List<Layer> layers() {
        List<Block> attention = List.of(new LayerNorm(), new SelfAttention(heads, causal, initializer));
        List<Block> dense = List.of(
                new LayerNorm(),
                new Dense(WIDER * width, true, initializer),
                Layers.gelu(),
                new Dense(width, true, initializer));
        return Stream.of(attention, dense)
                .map(main -> dropout == 0
                        ? main
                        : Stream.concat(main.stream(), Stream.of(Layers.dropout(dropout)))
                                .toList())
                .flatMap(main -> new Residual(main, List.of()).layers().stream())
                .toList();
    }
}
