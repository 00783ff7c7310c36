package millrace.bench;

import java.util.List;

/**
 * What a learning rate came to.
 *
 * @param accuracy on the validation samples; NaN where training diverged
 */
record GridRow(String workload, StudyMethod method, Rate rate, long seed, double accuracy) {
    static final String HEADER = "workload,method,lr,seed,validation accuracy";

    static GridRow of(List<String> cells) {
        return new GridRow(
                cells.get(0),
                StudyMethod.of(cells.get(1)),
                Rate.of(cells.get(2)),
                Long.parseLong(cells.get(3)),
                StudyFolder.accuracy(cells.get(4)));
    }

    List<Object> cells() {
        return List.of(workload, method.word(), rate, seed, StudyFolder.text(accuracy));
    }
}
