package millrace.nn.optimizer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import millrace.nn.kernel.DelayKernels;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.UpdateRule;
import millrace.nn.layer.Parameter;
import millrace.nn.optimizer.ParameterGroups.Numbers;

/** The optimizer's memory for some parameters, and the step over them. One thread at a time. */
public final class OptimizerState {
    // a run whose every gradient is NaN would go on for ever and learn nothing
    private static final int MOST_SKIPPED_IN_A_ROW = 100;

    private final UpdatePolicy policy;
    private final long delay;
    private final List<Parameter> parameters;
    // what is said of each parameter, and the same without repetition: a step makes one rule of each
    private final List<Numbers> numbers;
    private final List<Numbers> distinct;
    private final List<Group> groups = new ArrayList<>();
    private final List<List<MemorySegment>> buffers = new ArrayList<>();
    private long steps;
    private double rateScale = 1;
    // sums of squares of the parameters' gradients, measured for the step to come or, after it, for the last one
    private final double[] squares;
    private boolean measured;
    // whether the gradients have the penalties already: where a norm is measured, it is that of the whole gradient
    private boolean penalised;
    // over all stages, told for the step to come
    private double allSquares;
    private boolean told;

    /** The parameters of one stage, whose gradient is guarded as a whole. */
    private static final class Group {
        private final int from;
        private final List<Parameter> parameters;
        private long skipped;
        private int skippedInARow;

        Group(int from, List<Parameter> parameters) {
            this.from = from;
            this.parameters = parameters;
        }
    }

    /** The state for one stage whose gradients are never late. */
    public OptimizerState(Arena arena, UpdatePolicy policy, List<Parameter> parameters) {
        this(arena, policy, List.of(parameters), 0);
    }

    /**
     * The state for several stages, each of whose gradients is guarded as a whole.
     *
     * @param stages parameters of each stage; one, but for the reference that holds them all
     * @param delay the most steps that gradients are late
     */
    public OptimizerState(Arena arena, UpdatePolicy policy, List<List<Parameter>> stages, long delay) {
        this.policy = policy;
        this.delay = delay;
        this.parameters = stages.stream().flatMap(List::stream).toList();
        this.numbers = parameters.stream().map(policy.groups()::of).toList();
        this.distinct = numbers.stream().distinct().toList();
        this.squares = new double[parameters.size()];
        int from = 0;
        for (List<Parameter> stage : stages) {
            groups.add(new Group(from, stage));
            from += stage.size();
        }
        for (Parameter parameter : parameters) {
            List<MemorySegment> states = new ArrayList<>();
            for (int i = 0; i < policy.optimizer().states().size(); i++) {
                MemorySegment state = parameter.allocate(arena);
                float initial = policy.optimizer().initial(i);
                for (long element = 0; initial != 0 && element < parameter.elements(); element++) {
                    state.setAtIndex(ValueLayout.JAVA_FLOAT, element, initial);
                }
                states.add(state);
            }
            buffers.add(states);
        }
    }

    /**
     * Measures the gradients that the parameters hold, for the step to come: with the penalties, which are added to them.
     *
     * @return stage by stage the sum of squares of each parameter
     */
    public List<List<Double>> measure(Kernels kernels) {
        penalise(kernels);
        for (int i = 0; i < squares.length; i++) {
            Parameter parameter = parameters.get(i);
            // a weight that two layers have counts once, and one that is frozen has no gradient in PyTorch
            squares[i] = parameter.spec().tiedTo().isPresent() || numbers.get(i).frozen()
                    ? 0
                    : kernels.sumOfSquares(parameter.gradient(), parameter.elements());
        }
        measured = true;
        return squares();
    }

    private void penalise(Kernels kernels) {
        if (penalised || !policy.shaping().penalises()) {
            return;
        }
        for (int i = 0; i < parameters.size(); i++) {
            Parameter parameter = parameters.get(i);
            if (parameter.spec().penalised() && !numbers.get(i).frozen()) {
                kernels.penalise(policy.shaping(), parameter.value(), parameter.gradient(), parameter.elements());
            }
        }
        penalised = true;
    }

    /** What {@link #measure} has found, for the step to come or, after it, for the one made last. */
    public List<List<Double>> squares() {
        List<List<Double>> stages = new ArrayList<>();
        for (Group group : groups) {
            stages.add(Arrays.stream(squares, group.from, group.from + group.parameters.size())
                    .boxed()
                    .toList());
        }
        return stages;
    }

    /** The sum of squares over all parameters of the model, where the guard goes by it, for the step to come. */
    public void admit(double squaresOfModel) {
        allSquares = squaresOfModel;
        told = true;
    }

    /** One step with the gradients that the parameters hold, in place. */
    public void step(Kernels kernels) {
        step(kernels, parameters.stream().map(Parameter::value).toList());
    }

    /**
     * One step with the gradients that the parameters hold.
     *
     * @param updated for each parameter where its new values go; may be where the old ones are
     */
    public void step(Kernels kernels, List<MemorySegment> updated) {
        if (policy.guard().isGlobal() && !told) {
            throw new IllegalStateException(
                    "optimizer step without the norm of the whole gradient (expected: admit first)");
        }
        if (policy.guard().needsNorm() && !measured) {
            List<List<Double>> _ = measure(kernels);
        }
        measured = false;
        told = false;
        double rate = policy.rate(steps, delay) * rateScale;
        steps++;
        for (Group group : groups) {
            if (admitted(kernels, group)) {
                update(kernels, rate, group, updated);
            } else {
                leave(group, updated);
            }
        }
        penalised = false;
    }

    /** Clips the group's gradient; false when its step is to be left out. It counts as a step all the same. */
    private boolean admitted(Kernels kernels, Group group) {
        GradientGuard guard = policy.guard();
        if (!guard.needsNorm()) {
            return true;
        }
        double found = guard.isGlobal() ? allSquares : squares(group);
        if (guard.skipNonFinite() && !Double.isFinite(found)) {
            group.skipped++;
            group.skippedInARow++;
            if (group.skippedInARow == MOST_SKIPPED_IN_A_ROW) {
                throw new IllegalStateException("steps without a finite gradient in a row: " + group.skippedInARow
                        + " (expected: fewer); lower the learning rate or look at the data");
            }
            return false;
        }
        group.skippedInARow = 0;
        float factor = guard.factor(Math.sqrt(found));
        if (factor < 1) {
            group.parameters.forEach(parameter -> kernels.scale(parameter.gradient(), factor, parameter.elements()));
        }
        return true;
    }

    private double squares(Group group) {
        double sum = 0;
        for (int i = group.from; i < group.from + group.parameters.size(); i++) {
            sum += squares[i];
        }
        return sum;
    }

    private static void leave(Group group, List<MemorySegment> updated) {
        for (int i = 0; i < group.parameters.size(); i++) {
            updated.get(group.from + i).copyFrom(group.parameters.get(i).value());
        }
    }

    private void update(Kernels kernels, double rate, Group group, List<MemorySegment> updated) {
        Map<Numbers, UpdateRule> rules = rules(rate);
        for (int i = 0; i < group.parameters.size(); i++) {
            Parameter parameter = group.parameters.get(i);
            int index = group.from + i;
            Numbers own = numbers.get(index);
            MemorySegment target = updated.get(index);
            if (own.frozen()) {
                // a layer may have put off a part of the gradient, and waits until somebody asks
                MemorySegment _ = parameter.gradient();
                target.copyFrom(parameter.value());
                continue;
            }
            UpdateRule rule = Objects.requireNonNull(rules.get(own));
            parameter.completeGradient((from, rows) -> updateRows(kernels, rule, index, target, from, rows));
        }
    }

    /** Steps some rows of a parameter, whose gradient is there: after it they have their new values, in {@code updated}. */
    private void updateRows(Kernels kernels, UpdateRule rule, int index, MemorySegment updated, int from, int rows) {
        Parameter parameter = parameters.get(index);
        boolean penalises = parameter.spec().penalised() && !penalised;
        long first = from * parameter.stride() * Float.BYTES;
        kernels.update(
                rule,
                penalises ? policy.shaping() : policy.shaping().withoutPenalties(),
                parameter.value().asSlice(first),
                updated.asSlice(first),
                parameter.gradientMemory().asSlice(first),
                state(index, 0, first),
                state(index, 1, first),
                state(index, 2, first),
                rows * parameter.stride());
    }

    /** The rule of the step made last, at a learning rate before the factors of groups, for each kind of parameter. */
    private Map<Numbers, UpdateRule> rules(double rate) {
        return distinct.stream().collect(Collectors.toMap(own -> own, own -> policy.rule(steps, rate, own)));
    }

    private MemorySegment state(int parameter, int state, long from) {
        MemorySegment whole = state(parameter, state);
        return whole.equals(MemorySegment.NULL) ? whole : whole.asSlice(from);
    }

    private MemorySegment state(int parameter, int state) {
        List<MemorySegment> states = buffers.get(parameter);
        return state < states.size() ? states.get(state) : MemorySegment.NULL;
    }

    /**
     * Where the weights will probably be some steps on: moved along the direction of the step made last, at the rates of
     * the steps to come.
     *
     * @param ahead steps
     * @param predicted one memory a parameter, laid out by {@link Parameter#allocate}
     */
    public void predict(DelayKernels kernels, long ahead, List<MemorySegment> predicted) {
        double distance = 0;
        for (long step = 0; step < ahead; step++) {
            distance += policy.rate(steps + step, delay) * rateScale;
        }
        Map<Numbers, UpdateRule> rules = rules(distance);
        for (int i = 0; i < parameters.size(); i++) {
            Parameter parameter = parameters.get(i);
            if (numbers.get(i).frozen()) {
                predicted.get(i).copyFrom(parameter.value());
                continue;
            }
            UpdateRule rule = Objects.requireNonNull(rules.get(numbers.get(i)));
            MemorySegment second = state(i, policy.optimizer().directionState());
            kernels.predict(rule, parameter.value(), state(i, 0), second, predicted.get(i), parameter.elements());
        }
    }

    /** What learning rates are multiplied by from the next step on; 1 at first. */
    public void scaleRate(double scale) {
        rateScale = scale;
    }

    /** Steps made so far, those left out included. */
    public long steps() {
        return steps;
    }

    /** Steps that each stage has left out because its gradient was not finite. */
    public List<Long> skipped() {
        return groups.stream().map(group -> group.skipped).toList();
    }

    /** Steps that each stage has left out in a row until now. */
    public List<Integer> skippedInARow() {
        return groups.stream().map(group -> group.skippedInARow).toList();
    }

    /** Continues counting the steps that the only stage has left out. */
    public void resumeSkipped(long skipped, int inARow) {
        Group only = groups.getFirst();
        only.skipped = skipped;
        only.skippedInARow = inARow;
    }

    /** Continues counting where a checkpoint stopped. */
    public void resumeAt(long stepsMade) {
        steps = stepsMade;
    }

    /** The state buffer of a parameter, laid out as the parameter is. */
    public MemorySegment buffer(int parameter, int state) {
        return buffers.get(parameter).get(state);
    }
}
