package millrace.nn.layer;

import org.jspecify.annotations.Nullable;

/**
 * One setting of a kind of layer in a run file.
 *
 * @param name as the run file writes it: {@code units}
 * @param standard the value where the run file names none: a number, a truth value, a text or an empty list; null where
 *     the setting must be given
 * @param count whether the word {@code classes} may stand for the number: as many as the data has classes
 */
public record LayerKey(String name, @Nullable Object standard, boolean count) {
    /** A setting that must be given. */
    public static LayerKey required(String name) {
        return new LayerKey(name, null, false);
    }

    /** A number that must be given, or the word {@code classes}. */
    public static LayerKey count(String name) {
        return new LayerKey(name, null, true);
    }

    /** A setting that has a value of its own where none is given. */
    public static LayerKey optional(String name, Object standard) {
        return new LayerKey(name, standard, false);
    }

    /** As lists of layers show it: {@code units}, {@code bias = true}. */
    @Override
    public String toString() {
        return standard == null ? name : name + " = " + standard;
    }
}
