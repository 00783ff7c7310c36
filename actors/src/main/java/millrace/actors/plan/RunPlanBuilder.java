package millrace.actors.plan;

import java.util.List;
import millrace.actors.link.LinkSpec;
import millrace.actors.trace.TraceWindow;
import millrace.nn.augment.Augmentation;
import millrace.nn.backend.Backend;
import millrace.nn.choice.KernelChoices;
import millrace.nn.kernel.Precision;
import millrace.nn.loss.Loss;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.schedule.Schedules;
import millrace.schedule.order.Flushed;
import millrace.schedule.order.Order;
import millrace.schedule.order.Streamed;
import org.jspecify.annotations.Nullable;

/**
 * Makes plans: run files and Java programs go through here alike. Settings that do not fit together throw
 * IllegalArgumentException when the plan is built: value, expectation, remedy.
 */
public final class RunPlanBuilder {
    private final Model model;
    private Loss loss = Losses.crossEntropy();
    private UpdatePolicy policy = UpdatePolicy.of(new Optimizer.Adam(1e-3));
    private Order order = new Flushed(Schedules.generate("1f1b", 1, 1));
    private int batch = 64;
    private RunPlan.Limits limits = new RunPlan.Limits(1, 0);
    private boolean shuffle = true;
    private long seed = 1;
    private List<Augmentation> augmentations = List.of();
    private @Nullable Backend backend;
    private KernelSetting kernels = new KernelSetting.Usual();
    private Watching watching = Watching.NOTHING;
    private int evaluateEvery;
    private int computeThreads = Runtime.getRuntime().availableProcessors();
    private LinkSpec link = LinkSpec.DIRECT;
    private Recomputed recompute = Recomputed.NOTHING;
    private Precision messages = Precision.F32;
    private @Nullable Partition partition;

    private RunPlanBuilder(Model model) {
        this.model = model;
    }

    /** Plans for a model: cross-entropy, Adam and one stage until told otherwise. */
    public static RunPlanBuilder of(Model model) {
        return new RunPlanBuilder(model);
    }

    public RunPlanBuilder loss(Loss value) {
        loss = value;
        return this;
    }

    /** Optimizer, learning rates, penalties, clipping, and what is done about late gradients. */
    public RunPlanBuilder policy(UpdatePolicy value) {
        policy = value;
        return this;
    }

    /** When each rank does what, with or without a flush; decides stages and micro-batches too. */
    public RunPlanBuilder order(Order value) {
        order = value;
        return this;
    }

    /** Samples of one optimizer step; a multiple of the order's micro-batches. */
    public RunPlanBuilder batch(int value) {
        batch = value;
        return this;
    }

    public RunPlanBuilder limits(RunPlan.Limits value) {
        limits = value;
        return this;
    }

    /** Whether every epoch has its own seeded order of samples. */
    public RunPlanBuilder shuffle(boolean value) {
        shuffle = value;
        return this;
    }

    /** Seed of weights, order, random layers and augmentations. */
    public RunPlanBuilder seed(long value) {
        seed = value;
        return this;
    }

    /** Random changes of the training samples, one after the other. */
    public RunPlanBuilder augmentations(List<Augmentation> values) {
        augmentations = List.copyOf(values);
        return this;
    }

    /** What computes; the fast kernels of this machine until told otherwise. */
    public RunPlanBuilder backend(Backend value) {
        backend = value;
        return this;
    }

    /** How the kernels of weight matrices are chosen, unless the run goes on from a checkpoint; as usual until told otherwise. */
    public RunPlanBuilder kernels(KernelSetting value) {
        kernels = value;
        return this;
    }

    /** What is done about the loss after each epoch. */
    public RunPlanBuilder watching(Watching value) {
        watching = value;
        return this;
    }

    /** The sets are evaluated after so many batches too; 0 for at the ends of epochs only. */
    public RunPlanBuilder evaluateEvery(int batches) {
        evaluateEvery = batches;
        return this;
    }

    /** Actions that may be computed at the same time; all cores until told otherwise. */
    public RunPlanBuilder computeThreads(int value) {
        computeThreads = value;
        return this;
    }

    /** What messages between ranks suffer. */
    public RunPlanBuilder link(LinkSpec value) {
        link = value;
        return this;
    }

    /** What is computed a second time, before the backward. */
    public RunPlanBuilder recompute(Recomputed value) {
        recompute = value;
        return this;
    }

    /** What activations and error deltas are rounded to between stages. */
    public RunPlanBuilder messages(Precision value) {
        messages = value;
        return this;
    }

    /** The model cut by hand; with stages of about equal work until told otherwise. */
    public RunPlanBuilder partition(Partition value) {
        partition = value;
        return this;
    }

    /** The plan of a run over these sets, beginning there. */
    public RunPlan build(TrainingData data, Start start) {
        Checks.fits(model, loss, data);
        Checks.divides(order.microBatches(), batch);
        TrainingSpec spec = new TrainingSpec(
                model,
                loss,
                RunPlan.stepping(order, policy),
                batch,
                order.microBatches(),
                shuffle,
                seed,
                augmentations,
                backend == null ? TrainingSpec.usualBackend() : backend,
                messages);
        RunPlan plan = new RunPlan(
                spec,
                partition == null ? Partition.balanced(model, order.stages()) : partition,
                order,
                data,
                limits,
                watching,
                computeThreads,
                start,
                evaluateEvery,
                new RunPlan.Execution(link, TraceWindow.NONE, 0, recompute));
        RunPlan chosen = plan.choosing(choices(spec, start));
        return switch (order) {
            case Flushed _ -> chosen.flushed();
            case Streamed _ -> chosen;
        };
    }

    /** A run that goes on has those of its checkpoint, so that its weights are those of a run that was not interrupted. */
    private KernelChoices choices(TrainingSpec spec, Start start) {
        if (start.step() == 0) {
            return kernels.choices(spec, order);
        }
        // with other kernels bits are others in any case, of which a warning tells
        return spec.backend().chooses() ? start.progress().terms().choices() : KernelChoices.NONE;
    }
}
