package millrace.actors.plan;

import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Map;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.NamedTensor;
import millrace.schedule.order.Order;
import millrace.schedule.order.Streamed;
import millrace.schedule.stream.StreamSpec;
import org.jspecify.annotations.Nullable;

/**
 * On what the weight versions and steps of a stream depend, as a text. A snapshot of a stream has it, in Unicode code points,
 * under {@code stage.1.stream}: a run can go on from there exactly only with the same terms.
 */
public final class StreamTerms {
    private StreamTerms() {}

    /** The terms of a stage, to be saved with it. */
    public static NamedTensor saved(Streamed order, int stage) {
        return new NamedTensor(name(stage), text(of(order)));
    }

    /** What all stages of an order save of it, by name; nothing where it flushes. */
    public static Map<String, Tensor> all(Order order) {
        Map<String, Tensor> terms = new HashMap<>();
        if (order instanceof Streamed streamed) {
            for (int stage = 0; stage < order.stages(); stage++) {
                NamedTensor saved = saved(streamed, stage);
                terms.put(saved.name(), saved.tensor());
            }
        }
        return terms;
    }

    /**
     * @throws IllegalArgumentException when a start behind the first batch is not that of such a stream
     */
    static void requireSame(Start start, Streamed order) {
        String terms = of(order);
        for (int stage = 0; start.step() > 0 && stage < order.stages(); stage++) {
            String saved = text(start.tensors().get(name(stage)));
            if (saved == null) {
                throw new IllegalArgumentException("resume: batch " + start.step()
                        + " of a run with a flush, as one without (expected: the same kind of run);"
                        + " --init takes its weights alone");
            }
            if (!saved.equals(terms)) {
                throw new IllegalArgumentException("resume: " + terms + " (expected: " + saved
                        + ", as it was saved); set these, or take the weights alone with --init");
            }
        }
    }

    /**
     * @throws IllegalArgumentException when a start behind the first batch is that of a stream
     */
    static void requireNone(Start start) {
        if (start.step() > 0 && start.tensors().containsKey(name(0))) {
            throw new IllegalArgumentException("resume: batch " + start.step()
                    + " of a run without a flush, as one with (expected: the same kind of run); --init takes its"
                    + " weights alone");
        }
    }

    /** Everything that versions and steps depend on. */
    private static String of(Streamed order) {
        StreamSpec spec = order.spec();
        int replicas = order.replicas();
        return order.name() + ", stages " + spec.stages() + ", micro-batches " + order.microBatches() + ", accumulate "
                + spec.accumulate() * replicas + ", allowance " + spec.allowance() + ", weights "
                + spec.policy().word() + ", synchronous micro-batches " + spec.synchronous() * replicas
                + (replicas == 1 ? "" : ", replicas " + replicas);
    }

    private static String name(int stage) {
        return "stage." + stage + ".stream";
    }

    private static Tensor text(String text) {
        int[] codes = text.codePoints().toArray();
        Tensor tensor = Tensor.zeros(Arena.ofAuto(), ElementType.I32, Shape.of(codes.length));
        for (int i = 0; i < codes.length; i++) {
            tensor.setInt(i, codes[i]);
        }
        return tensor;
    }

    private static @Nullable String text(@Nullable Tensor tensor) {
        if (tensor == null) {
            return null;
        }
        StringBuilder text = new StringBuilder();
        for (long i = 0; i < tensor.shape().size(); i++) {
            int code = tensor.getInt(i);
            text.append(Character.isValidCodePoint(code) ? Character.toString(code) : "?");
        }
        return text.toString();
    }
}
