package millrace.nn.data;

import java.util.ArrayList;
import java.util.List;

/** Rows of numbers that become more and more, in blocks, because an array that grows needs its memory twice. */
final class RowBlocks {
    private static final int VALUES = 1 << 16;

    private final int width;
    private final int rowsOfBlock;
    private final List<double[]> blocks = new ArrayList<>();
    private int rows;

    /** @param width numbers of a row */
    RowBlocks(int width) {
        this.width = width;
        this.rowsOfBlock = Math.max(1, VALUES / Math.max(1, width));
    }

    int width() {
        return width;
    }

    int rows() {
        return rows;
    }

    void add(double[] row) {
        int at = rows % rowsOfBlock;
        if (at == 0) {
            blocks.add(new double[rowsOfBlock * width]);
        }
        System.arraycopy(row, 0, blocks.getLast(), at * width, width);
        rows++;
    }

    double get(int row, int column) {
        return blocks.get(row / rowsOfBlock)[row % rowsOfBlock * width + column];
    }

    void set(int row, int column, double value) {
        blocks.get(row / rowsOfBlock)[row % rowsOfBlock * width + column] = value;
    }

    /** Copies the first numbers of a row. */
    void read(int row, double[] into) {
        System.arraycopy(blocks.get(row / rowsOfBlock), row % rowsOfBlock * width, into, 0, into.length);
    }
}
