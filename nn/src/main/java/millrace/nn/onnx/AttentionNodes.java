package millrace.nn.onnx;

import java.util.Arrays;
import java.util.List;
import millrace.nn.layer.SelfAttention;
import millrace.nn.tensor.Shape;

/**
 * {@link SelfAttention} as nodes: heads become a dimension, and what a position does not see
 * gets scores of minus infinity.
 */
final class AttentionNodes {
    private final LayerNodes layer;
    private final int positions;
    private final int width;
    private final int heads;
    private final boolean causal;

    /** @param input shape of one sample */
    AttentionNodes(LayerNodes layer, Shape input, int heads, boolean causal) {
        this.layer = layer;
        this.positions = input.dimension(0);
        this.width = input.dimension(1);
        this.heads = heads;
        this.causal = causal;
    }

    String add(String x) {
        String all = layer.affine(x, "qkv.weight", "qkv.bias");
        List<String> parts = layer.graph().nodes(layer.layer(), "Split", List.of(all), 3, Attribute.of("axis", 2));
        String q = head(parts.get(0), 0, 2, 1, 3);
        String k = head(parts.get(1), 0, 2, 3, 1);
        String v = head(parts.get(2), 0, 2, 1, 3);
        String factor = layer.graph().scalar(layer.layer(), "factor", 1 / Math.sqrt((double) width / heads));
        String scores = layer.node("Mul", List.of(layer.node("MatMul", List.of(q, k)), factor));
        String seen = causal ? layer.node("Add", List.of(scores, mask())) : scores;
        String shares = layer.node("Softmax", List.of(seen), Attribute.of("axis", -1));
        String mixed = layer.node("MatMul", List.of(shares, v));
        String turned = layer.node("Transpose", List.of(mixed), Attribute.of("perm", 0, 2, 1, 3));
        return layer.affine(reshaped(turned, 0, positions, width), "proj.weight", "proj.bias");
    }

    /** Batch x T x D to batch x heads x T x D / heads, or with the last two the other way round. */
    private String head(String part, int... order) {
        return layer.node(
                "Transpose", List.of(reshaped(part, 0, positions, heads, width / heads)), Attribute.of("perm", order));
    }

    /** 0: as many as there are. */
    private String reshaped(String x, long... sizes) {
        return layer.node("Reshape", List.of(x, layer.graph().integers(layer.layer(), "shape", sizes)));
    }

    private String mask() {
        float[] mask = new float[positions * positions];
        for (int t = 0; t < positions; t++) {
            Arrays.fill(mask, t * positions + t + 1, (t + 1) * positions, Float.NEGATIVE_INFINITY);
        }
        return layer.graph().floats(layer.layer(), "mask", Shape.of(positions, positions), mask);
    }
}
