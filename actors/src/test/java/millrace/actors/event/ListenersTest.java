package millrace.actors.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import millrace.actors.plan.Snapshot;
import org.junit.jupiter.api.Test;

class ListenersTest {
    @Test
    void eachIsToldEverythingAndGivenWhatItWants() {
        Recorder telling = Recorder.ofEvents();
        Recorder saving = Recorder.withCheckpoints();
        TrainingListener both = TrainingListener.all(telling, saving);
        TrainingEvent notice = new TrainingEvent.Noticed("here");
        Snapshot snapshot = new Snapshot(1, List.of(), List.of());

        both.onEvent(notice);
        both.onSnapshot(snapshot, Map.of(), true);

        assertThat(both.wantsSnapshots()).isTrue();
        assertThat(both.wantsGradients()).isFalse();
        assertThat(telling.events(TrainingEvent.class)).containsExactly(notice);
        assertThat(saving.events(TrainingEvent.class)).containsExactly(notice);
        assertThat(telling.checkpoints()).isEmpty();
        assertThat(saving.checkpoints()).containsExactly(new Recorder.Checkpoint(snapshot, Map.of(), true));
        assertThat(TrainingListener.all(telling, telling).wantsSnapshots()).isFalse();
    }
}
