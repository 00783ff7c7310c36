package millrace.actors.wire;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import millrace.actors.cluster.DataUse;
import millrace.actors.cluster.RunData;
import millrace.nn.data.DatasetOutline;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.proto.v1.DataSet;
import millrace.proto.v1.NamedFile;
import millrace.proto.v1.TensorHeader;

/** What run orders and workers say of data (cluster.proto). */
final class RunDataCodec {
    private RunDataCodec() {}

    static millrace.proto.v1.RunData of(RunData data) {
        millrace.proto.v1.RunData.Builder message = millrace.proto.v1.RunData.newBuilder();
        List<String> before = List.of();
        for (var entry : data.sets().entrySet()) {
            DatasetOutline set = entry.getValue();
            DataSet.Builder part = DataSet.newBuilder()
                    .setPart(entry.getKey())
                    .setName(set.name())
                    .setInputs(header(set.inputs(), set.inputShape()))
                    .setTargets(header(set.targets(), set.targetShape()))
                    .setWeighted(set.weighted());
            // there may be thousands of them, and an order is to be small
            boolean same = !before.isEmpty() && set.classes().equals(before);
            before = set.classes();
            message.addSets(same ? part.setSameClasses(true) : part.addAllClasses(set.classes()));
        }
        for (RunData.NamedFile file : data.files()) {
            message.addFiles(NamedFile.newBuilder()
                    .setKey(file.key())
                    .setPath(file.path())
                    .setFile(FetchCodecs.of(file.digest())));
        }
        return message.build();
    }

    static RunData of(millrace.proto.v1.RunData message) {
        SortedMap<String, DatasetOutline> sets = new TreeMap<>();
        List<String> before = List.of();
        for (DataSet set : message.getSetsList()) {
            before = set.getSameClasses() ? before : List.copyOf(set.getClassesList());
            DatasetOutline outline = new DatasetOutline(
                    set.getName(),
                    type(set.getInputs()),
                    shape(set.getInputs()),
                    type(set.getTargets()),
                    shape(set.getTargets()),
                    before,
                    set.getWeighted());
            sets.put(set.getPart(), outline);
        }
        return new RunData(
                sets,
                message.getFilesList().stream()
                        .map(file ->
                                new RunData.NamedFile(file.getKey(), file.getPath(), FetchCodecs.of(file.getFile())))
                        .toList());
    }

    private static TensorHeader header(ElementType type, Shape shape) {
        TensorHeader.Builder header = TensorHeader.newBuilder()
                .setType(
                        switch (type) {
                            case F32 -> millrace.proto.v1.ElementType.ELEMENT_TYPE_F32;
                            case I32 -> millrace.proto.v1.ElementType.ELEMENT_TYPE_I32;
                            case BF16 -> millrace.proto.v1.ElementType.ELEMENT_TYPE_BF16;
                        });
        for (int i = 0; i < shape.rank(); i++) {
            header.addDimensions(shape.dimension(i));
        }
        return header.build();
    }

    private static ElementType type(TensorHeader header) {
        return switch (header.getType()) {
            case ELEMENT_TYPE_F32 -> ElementType.F32;
            case ELEMENT_TYPE_I32 -> ElementType.I32;
            case ELEMENT_TYPE_BF16 -> ElementType.BF16;
            case ELEMENT_TYPE_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalArgumentException("element type: " + header.getTypeValue() + " (expected: 1, 2 or 3)");
        };
    }

    private static Shape shape(TensorHeader header) {
        return Shape.of(header.getDimensionsList().stream()
                .mapToInt(size -> {
                    if (size < 0 || size > Integer.MAX_VALUE) {
                        throw new IllegalArgumentException("dimension: " + size + " (expected: a size)");
                    }
                    return size.intValue();
                })
                .toArray());
    }

    static millrace.proto.v1.DataUse of(DataUse use) {
        return millrace.proto.v1.DataUse.newBuilder()
                .setSource(
                        switch (use.source()) {
                            case NONE -> millrace.proto.v1.DataUse.Source.SOURCE_NONE;
                            case READ -> millrace.proto.v1.DataUse.Source.SOURCE_READ;
                            case FETCHED -> millrace.proto.v1.DataUse.Source.SOURCE_FETCHED;
                        })
                .setBytes(use.bytes())
                .build();
    }

    static DataUse of(millrace.proto.v1.DataUse message) {
        DataUse.Source source = switch (message.getSource()) {
            case SOURCE_NONE -> DataUse.Source.NONE;
            case SOURCE_READ -> DataUse.Source.READ;
            case SOURCE_FETCHED -> DataUse.Source.FETCHED;
            case UNRECOGNIZED ->
                throw new IllegalArgumentException("source: " + message.getSourceValue() + " (expected: 0, 1 or 2)");
        };
        return new DataUse(source, message.getBytes());
    }
}
