package millrace.nn.choice;

import java.util.Locale;

/**
 * On what the times of products depend beside their sizes.
 *
 * @param model of the processor, in the words of the system
 * @param instructions that the library uses on it
 * @param library that multiplies, with its version
 */
public record Processor(String model, String instructions, String library) {
    /** In words, on one line each. */
    public Processor {
        model = line(model);
        instructions = line(instructions);
        library = line(library);
    }

    private static String line(String words) {
        return words.replaceAll("\\s+", " ").strip();
    }

    /** As a part of the name of a file. */
    public String fileName() {
        return toString()
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9.]+", "-")
                .replaceAll("^-|-$", "");
    }

    @Override
    public String toString() {
        return model + ", " + instructions + ", " + library;
    }
}
