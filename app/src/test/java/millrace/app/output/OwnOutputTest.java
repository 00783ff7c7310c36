package millrace.app.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingEvent.EpochEnd;
import millrace.actors.event.TrainingEvent.Finished;
import millrace.actors.event.TrainingEvent.Started;
import millrace.actors.event.TrainingEvent.Step;
import millrace.app.Program;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An output of one's own takes its file and a line of registration, here in a folder that joins the class path. */
@Timeout(value = 180, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OwnOutputTest {
    private static final List<TrainingEvent> HEARD = new ArrayList<>();
    private static final List<String> SAID = new ArrayList<>();

    /** Remembers all that it is told. */
    public static final class Remembering implements OutputFormat {
        @Override
        public String name() {
            return "remembering";
        }

        @Override
        public boolean isLog() {
            return true;
        }

        @Override
        public RunOutput open(Target target) {
            return new RunOutput() {
                @Override
                public void on(TrainingEvent event) {
                    HEARD.add(event);
                }

                @Override
                public void say(String line) {
                    SAID.add(line);
                }

                @Override
                public void close() {
                    SAID.add("closed");
                }
            };
        }
    }

    @TempDir
    private Path folder = Path.of("");

    @BeforeEach
    void nothingHeardYet() {
        HEARD.clear();
        SAID.clear();
    }

    private Program train(String options) throws IOException {
        Path services = Files.createDirectories(folder.resolve("jar/META-INF/services"));
        Files.writeString(services.resolve(OutputFormat.class.getName()), Remembering.class.getName());
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        URL[] jar = {folder.resolve("jar").toUri().toURL()};
        try (URLClassLoader own = new URLClassLoader(jar, OwnOutputTest.class.getClassLoader())) {
            thread.setContextClassLoader(own);
            return Program.run("train digits --epochs 2 --stages 2 -D checkpoint.folder=" + folder.resolve("runs") + " "
                    + options);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--sequential"})
    void hearsTheWholeStory(String where) throws IOException {
        Program program = train("--logs remembering " + where);

        assertThat(program.status()).as(program.err()).isZero();
        assertThat(HEARD.getFirst()).isInstanceOfSatisfying(Started.class, run -> {
            assertThat(run.run()).startsWith("digits-");
            assertThat(run.sequential()).isEqualTo(!where.isEmpty());
        });
        assertThat(HEARD.getLast()).isInstanceOfSatisfying(Finished.class, end -> {
            assertThat(end.result().weightsSha256())
                    .isEqualTo(end.result().finalState().weightsSha256());
            List<Long> all =
                    LongStream.rangeClosed(1, end.result().steps()).boxed().toList();
            assertThat(of(Step.class)).extracting(Step::step).isEqualTo(all);
        });
        assertThat(of(Started.class)).hasSize(1);
        assertThat(of(Finished.class)).hasSize(1);
        assertThat(of(EpochEnd.class)).extracting(EpochEnd::epoch).containsExactly(1, 2);
        assertThat(HEARD.indexOf(of(EpochEnd.class).getFirst()))
                .isEqualTo(HEARD.indexOf(of(Step.class).get(of(Step.class).size() / 2 - 1)) + 1);
        assertThat(SAID).last().isEqualTo("closed");
    }

    private static <E extends TrainingEvent> List<E> of(Class<E> kind) {
        return HEARD.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /** Told of a run that fails is what has happened until then. */
    @Test
    void isClosedWhenTheRunFails() throws IOException {
        Program program = train("--logs remembering --lr 1e30 --optimizer sgd");

        assertThat(program.status()).isEqualTo(1);
        assertThat(HEARD.getFirst()).isInstanceOf(Started.class);
        assertThat(of(Finished.class)).isEmpty();
        assertThat(SAID).containsExactly("closed");
    }

    @Test
    void isNamedAmongTheKnownOnes() throws IOException {
        train("--logs rememberin")
                .assertRefused("logs.formats: rememberin (expected: any of tensorboard, csv, jsonl, remembering)");
    }
}
