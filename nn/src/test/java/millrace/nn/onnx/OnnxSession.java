package millrace.nn.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/** A file as ONNX Runtime runs it. */
final class OnnxSession implements AutoCloseable {
    private final OrtSession session;

    /** What comes out. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Output(Shape shape, float[] values) {}

    OnnxSession(Path file) throws OrtException {
        session = OrtEnvironment.getEnvironment().createSession(file.toString());
    }

    /** Runs a batch; tokens become int64. */
    Output run(Tensor inputs) throws OrtException {
        long[] sizes = Arrays.stream(inputs.shape().dimensions()).asLongStream().toArray();
        try (OnnxTensor batch = batch(inputs, sizes);
                OrtSession.Result result = session.run(Map.of(OnnxFile.INPUT, batch))) {
            OnnxTensor output = (OnnxTensor) result.get(OnnxFile.OUTPUT).orElseThrow();
            float[] values = new float[output.getFloatBuffer().remaining()];
            output.getFloatBuffer().get(values);
            int[] shape = Arrays.stream(output.getInfo().getShape())
                    .mapToInt(Math::toIntExact)
                    .toArray();
            return new Output(Shape.of(shape), values);
        }
    }

    private static OnnxTensor batch(Tensor inputs, long[] sizes) throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        if (inputs.type() == ElementType.F32) {
            return OnnxTensor.createTensor(environment, FloatBuffer.wrap(inputs.toFloats()), sizes);
        }
        long[] tokens = new long[Math.toIntExact(inputs.shape().size())];
        Arrays.setAll(tokens, inputs::getInt);
        return OnnxTensor.createTensor(environment, LongBuffer.wrap(tokens), sizes);
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
