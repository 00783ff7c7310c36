package millrace.nn.stage;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import millrace.nn.layer.Branch;
import millrace.nn.layer.Layer;
import millrace.nn.layer.Operator;
import millrace.nn.layer.Operator.Needs;

/**
 * Which layers of a run may write over the tensor that they read: found once, by following the tensors through the run.
 * Three kinds are never written over: those that came in a message, those that a backward or a second forward will read again, and
 * those that are kept beside for a skip connection.
 */
final class WriteOver {
    private final Deque<Integer> kept = new ArrayDeque<>();
    private final Set<Integer> readAgain = new HashSet<>();
    private final int arrived;
    private int made;
    private int current;

    private WriteOver(int arrived) {
        this.arrived = arrived;
        this.made = arrived;
        for (int i = arrived - 1; i > 0; i--) {
            kept.push(i);
        }
    }

    /**
     * For the activations, from the first layer to the last.
     *
     * @param weights which layers have weights
     * @param second layers that do a second forward
     * @param parts tensors that come in together
     */
    static boolean[] forward(
            List<Layer> layers, List<Operator> operators, boolean[] weights, SecondForwards second, int parts) {
        WriteOver state = new WriteOver(parts);
        boolean[] result = new boolean[weights.length];
        for (int i = 0; i < result.length; i++) {
            if (second.beginWith(i)) {
                state.readAgain.add(state.current);
                state.readAgain.addAll(state.kept);
            }
            if (layers.get(i) instanceof Branch branch) {
                result[i] = state.point(branch, Branch.FORK);
            } else {
                Needs needs = operators.get(i).needs();
                result[i] = state.work(operators.get(i), weights[i] || needs == Needs.INPUT, needs == Needs.OUTPUT);
            }
        }
        return result;
    }

    /** The same for the deltas, from the last layer to the first. */
    static boolean[] backward(List<Layer> layers, List<Operator> operators, boolean[] weights, int parts) {
        WriteOver state = new WriteOver(parts);
        boolean[] result = new boolean[weights.length];
        for (int i = result.length - 1; i >= 0; i--) {
            result[i] = layers.get(i) instanceof Branch branch
                    ? state.point(branch, Branch.JOIN)
                    : state.work(operators.get(i), weights[i], false);
        }
        return result;
    }

    private boolean point(Branch branch, Branch keeping) {
        if (branch == Branch.SHORTCUT) {
            int other = kept.pop();
            kept.push(current);
            current = other;
            return false;
        }
        if (branch == keeping) {
            kept.push(current);
            return false;
        }
        boolean over = goOn(isFree());
        kept.pop();
        return over;
    }

    private boolean work(Operator operator, boolean readsAgain, boolean readsResultAgain) {
        if (readsAgain) {
            readAgain.add(current);
        }
        boolean over = goOn(operator.inPlace() && isFree());
        if (readsResultAgain) {
            readAgain.add(current);
        }
        return over;
    }

    private boolean isFree() {
        return current >= arrived && !readAgain.contains(current) && !kept.contains(current);
    }

    private boolean goOn(boolean over) {
        if (!over) {
            current = made++;
        }
        return over;
    }
}
