package millrace.app.config;

import com.typesafe.config.Config;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import millrace.actors.plan.TrainingData;
import millrace.nn.data.Dataset;
import millrace.nn.data.TextSource;
import millrace.nn.data.TrainTest;
import millrace.nn.data.Vocabulary;

/** Texts as the data of a run. */
final class TextData {
    private static final String VOCABULARY = "data.vocabulary";
    private static final String MOBY_DICK = "moby-dick";
    private static final double HELD_BACK = 0.1;

    private enum TextSamples {
        WINDOWS,
        LINES
    }

    private TextData() {}

    /** Whether the data is a text, whose samples are tokens. */
    static boolean is(Settings data) {
        return data.has("text") || data.text("set").equals(MOBY_DICK);
    }

    /** The user's file; empty for the text that comes with the program. */
    static Optional<Path> file(Settings data) {
        return data.has("text") ? Optional.of(Path.of(data.text("text"))) : Optional.empty();
    }

    /** The characters that a saved run was trained with; empty where it was not trained with a text. */
    static Optional<Vocabulary> vocabulary(Config config) {
        return config.hasPath(VOCABULARY)
                ? Optional.of(Vocabulary.saved(config.getString(VOCABULARY)))
                : Optional.empty();
    }

    /** All of another text, as a run sees texts. */
    static Dataset all(Path file, Settings data, Vocabulary vocabulary) {
        TextSource text = TextSource.read(file);
        int context = data.integer("context");
        return switch (data.choice("text-samples", TextSamples.class)) {
            case WINDOWS -> text.windows(context, vocabulary);
            case LINES -> text.lines(context, vocabulary);
        };
    }

    /**
     * The end of a text is what is held back: windows from its middle would share sentences with their neighbours.
     *
     * @param saved given the vocabulary
     */
    static TrainingData load(Settings data, Map<String, Object> saved) {
        TextSource text = file(data).map(TextSource::read).orElseGet(TextSource::mobyDick);
        Vocabulary vocabulary = data.has("vocabulary") ? Vocabulary.saved(data.text("vocabulary")) : text.vocabulary();
        saved.put(VOCABULARY, vocabulary.characters());
        double validation = data.number("validation");
        double rest = validation == 0 ? HELD_BACK : validation;
        int context = data.integer("context");
        TrainTest parts = switch (data.choice("text-samples", TextSamples.class)) {
            case WINDOWS -> text.windows(context, rest, vocabulary);
            case LINES -> text.lines(context, rest, vocabulary);
        };
        return new TrainingData(parts.train(), parts.test(), null);
    }
}
