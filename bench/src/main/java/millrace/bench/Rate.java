package millrace.bench;

/**
 * A learning rate of the study's grids: 1 or 3 times a power of ten, so about 3 times the one before. Its text is what
 * stands in files, tables and settings.
 *
 * @param index 0 is 1, 1 is 3, 2 is 10, -1 is 0.3
 */
record Rate(int index) implements Comparable<Rate> {
    /**
     * The rate that text such as {@code 3e-4} stands for.
     *
     * @throws IllegalArgumentException on any other text
     */
    static Rate of(String text) {
        if (!text.matches("[13]e-?[0-9]{1,3}")) {
            throw new IllegalArgumentException("rate: " + text + " (expected: 1 or 3 times a power of ten, as 3e-4)");
        }
        return new Rate(2 * Integer.parseInt(text.substring(2)) + (text.startsWith("3") ? 1 : 0));
    }

    Rate lower() {
        return new Rate(index - 1);
    }

    Rate higher() {
        return new Rate(index + 1);
    }

    @Override
    public int compareTo(Rate other) {
        return Integer.compare(index, other.index);
    }

    @Override
    public String toString() {
        return (Math.floorMod(index, 2) == 0 ? "1e" : "3e") + Math.floorDiv(index, 2);
    }
}
