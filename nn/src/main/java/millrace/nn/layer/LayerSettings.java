package millrace.nn.layer;

import java.util.List;

/**
 * What a run file says of one layer, defaults filled in. Each method throws IllegalArgumentException, naming the key, the
 * value and what was expected, where the value has another type.
 */
public interface LayerSettings {
    /** A whole number. */
    int integer(String key);

    /** So many whole numbers in a list; a number alone stands for each of them. */
    List<Integer> integers(String key, int count);

    /** A number. */
    double number(String key);

    /** A truth value. */
    boolean flag(String key);

    /** A text. */
    String text(String key);

    /** A constant of an enum, which a run file writes in lower case with hyphens. */
    <E extends Enum<E>> E choice(String key, Class<E> type);

    /** Layers within this one. */
    List<Block> layers(String key);

    /** An error about one setting, to be thrown. */
    IllegalArgumentException problem(String key, Object value, String expected);

    /** A number as layers compute with it. */
    default float real(String key) {
        return (float) number(key);
    }
}
