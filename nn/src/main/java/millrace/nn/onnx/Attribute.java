package millrace.nn.onnx;

import java.util.Arrays;
import millrace.nn.io.ProtoBytes;

/**
 * A fixed argument of a node, such as the stride of a convolution.
 *
 * @param message an {@code AttributeProto}
 */
record Attribute(ProtoBytes message) {
    private static final int NAME = 1;
    private static final int FLOAT_VALUE = 2;
    private static final int INT_VALUE = 3;
    private static final int TEXT_VALUE = 4;
    private static final int INT_VALUES = 8;
    private static final int TYPE = 20;

    // AttributeProto.AttributeType
    private static final int FLOAT = 1;
    private static final int INT = 2;
    private static final int TEXT = 3;
    private static final int INTS = 7;

    static Attribute of(String name, float value) {
        return new Attribute(
                new ProtoBytes().text(NAME, name).fixed(FLOAT_VALUE, value).varint(TYPE, FLOAT));
    }

    static Attribute of(String name, int value) {
        return new Attribute(
                new ProtoBytes().text(NAME, name).varint(INT_VALUE, value).varint(TYPE, INT));
    }

    static Attribute of(String name, String value) {
        return new Attribute(
                new ProtoBytes().text(NAME, name).text(TEXT_VALUE, value).varint(TYPE, TEXT));
    }

    static Attribute of(String name, int... values) {
        ProtoBytes message = new ProtoBytes().text(NAME, name);
        Arrays.stream(values).forEach(value -> message.varint(INT_VALUES, value));
        return new Attribute(message.varint(TYPE, INTS));
    }
}
