package millrace.actors.event;

import java.util.List;
import java.util.Map;
import millrace.actors.plan.Snapshot;
import millrace.nn.infer.Evaluation;

/** Several listeners as one; what one of them wants is made for it alone. */
record Listeners(List<TrainingListener> all) implements TrainingListener {
    @Override
    public void onEvent(TrainingEvent event) {
        all.forEach(listener -> listener.onEvent(event));
    }

    @Override
    public boolean wantsSnapshots() {
        return all.stream().anyMatch(TrainingListener::wantsSnapshots);
    }

    @Override
    public boolean wantsGradients() {
        return all.stream().anyMatch(TrainingListener::wantsGradients);
    }

    @Override
    public void onSnapshot(Snapshot snapshot, Map<String, Evaluation> evaluations, boolean improved) {
        all.stream()
                .filter(TrainingListener::wantsSnapshots)
                .forEach(listener -> listener.onSnapshot(snapshot, evaluations, improved));
    }
}
