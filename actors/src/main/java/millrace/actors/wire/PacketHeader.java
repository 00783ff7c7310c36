package millrace.actors.wire;

import java.io.NotSerializableException;
import java.util.List;
import millrace.actors.rank.EvaluationId;
import millrace.actors.rank.Packet;
import millrace.actors.rank.Packet.Activation;
import millrace.actors.rank.Packet.ErrorDelta;
import millrace.actors.rank.Packet.EvaluationActivation;
import millrace.actors.rank.Packet.ReplicaGradient;
import millrace.actors.rank.Packet.ReplicaStatistics;
import millrace.actors.rank.Packet.ReplicaSum;
import millrace.actors.rank.Packet.TiedGradient;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.proto.v1.EvaluationChunk;
import millrace.proto.v1.StageMessage;
import millrace.proto.v1.TensorHeader;

/**
 * All of a packet but its payload: made from a packet, or checked after it came in, so that what is taken from it is
 * within the range of what a stage sends.
 */
record PacketHeader(StageMessage message, ElementType type, Shape shape) {
    /** The header of a packet. */
    static StageMessage of(Packet packet) {
        StageMessage.Builder header = StageMessage.newBuilder()
                .setRunEpoch(packet.runEpoch())
                .setStage(packet.stage())
                .setTensor(of(packet.tensor()));
        return switch (packet) {
            case Activation m ->
                header.setKind(StageMessage.Kind.KIND_ACTIVATION)
                        .setStep(m.step())
                        .setMicroBatch(m.microBatch())
                        .build();
            case ErrorDelta m ->
                header.setKind(StageMessage.Kind.KIND_ERROR_DELTA)
                        .setStep(m.step())
                        .setMicroBatch(m.microBatch())
                        .build();
            case TiedGradient m ->
                header.setKind(StageMessage.Kind.KIND_TIED_GRADIENT)
                        .setStep(m.step())
                        .build();
            case ReplicaGradient m ->
                header.setKind(StageMessage.Kind.KIND_REPLICA_GRADIENT)
                        .setBucket(m.bucket())
                        .setReplica(m.replica())
                        .setStep(m.step())
                        .build();
            case ReplicaSum m ->
                header.setKind(StageMessage.Kind.KIND_REPLICA_SUM)
                        .setBucket(m.bucket())
                        .setReplica(m.owner())
                        .setStep(m.step())
                        .build();
            case ReplicaStatistics m ->
                header.setKind(StageMessage.Kind.KIND_REPLICA_STATISTICS)
                        .setReplica(m.replica())
                        .setStep(m.step())
                        .build();
            case EvaluationActivation m ->
                header.setKind(StageMessage.Kind.KIND_EVALUATION_ACTIVATION)
                        .setEvaluation(EvaluationChunk.newBuilder()
                                .setNumber(m.id().number())
                                .setSet(m.id().set())
                                .setStep(m.id().step())
                                .setChunk(m.chunk()))
                        .build();
        };
    }

    private static TensorHeader of(Tensor tensor) {
        TensorHeader.Builder header = TensorHeader.newBuilder()
                .setType(
                        switch (tensor.type()) {
                            case F32 -> millrace.proto.v1.ElementType.ELEMENT_TYPE_F32;
                            case I32 -> millrace.proto.v1.ElementType.ELEMENT_TYPE_I32;
                            case BF16 -> millrace.proto.v1.ElementType.ELEMENT_TYPE_BF16;
                        });
        for (int dimension : tensor.shape().dimensions()) {
            header.addDimensions(dimension);
        }
        return header.build();
    }

    /** @throws NotSerializableException when a field is missing or out of range */
    static PacketHeader checked(StageMessage message) throws NotSerializableException {
        boolean known = switch (message.getKind()) {
            case KIND_ACTIVATION,
                    KIND_ERROR_DELTA,
                    KIND_EVALUATION_ACTIVATION,
                    KIND_TIED_GRADIENT,
                    KIND_REPLICA_GRADIENT,
                    KIND_REPLICA_SUM,
                    KIND_REPLICA_STATISTICS -> true;
            case KIND_UNSPECIFIED, UNRECOGNIZED -> false;
        };
        if (!known) {
            throw Malformed.of("kind", message.getKindValue(), "1 to 7");
        }
        EvaluationChunk evaluation = message.getEvaluation();
        notNegative("run_epoch", message.getRunEpoch());
        notNegative("stage", message.getStage());
        notNegative("step", message.getStep());
        notNegative("micro_batch", message.getMicroBatch());
        notNegative("replica", message.getReplica());
        notNegative("bucket", message.getBucket());
        notNegative("number", evaluation.getNumber());
        notNegative("chunk", evaluation.getChunk());
        notNegative("step of the evaluation", evaluation.getStep());
        boolean evaluates = message.getKind() == StageMessage.Kind.KIND_EVALUATION_ACTIVATION;
        if (message.hasEvaluation() != evaluates) {
            throw Malformed.of(
                    "evaluation", evaluates ? "none" : "one", "as the kind " + message.getKindValue() + " has it");
        }
        TensorHeader tensor = message.getTensor();
        return new PacketHeader(message, type(tensor), shape(tensor.getDimensionsList()));
    }

    private static void notNegative(String field, long value) throws NotSerializableException {
        if (value < 0) {
            throw Malformed.of(field, value, "0 or more");
        }
    }

    private static ElementType type(TensorHeader tensor) throws NotSerializableException {
        return switch (tensor.getType()) {
            case ELEMENT_TYPE_F32 -> ElementType.F32;
            case ELEMENT_TYPE_I32 -> ElementType.I32;
            case ELEMENT_TYPE_BF16 -> ElementType.BF16;
            case ELEMENT_TYPE_UNSPECIFIED, UNRECOGNIZED ->
                throw Malformed.of("element type", tensor.getTypeValue(), "1 to 3");
        };
    }

    private static Shape shape(List<Long> dimensions) throws NotSerializableException {
        int[] sizes = new int[dimensions.size()];
        for (int i = 0; i < sizes.length; i++) {
            long size = dimensions.get(i);
            if (size < 0 || size > Integer.MAX_VALUE) {
                throw Malformed.of("dimension", size, "0 to " + Integer.MAX_VALUE);
            }
            sizes[i] = (int) size;
        }
        return Shape.of(sizes);
    }

    /** @throws NotSerializableException when no memory could be so large */
    long payloadBytes() throws NotSerializableException {
        long bytes = type.bytes();
        try {
            for (int dimension : shape.dimensions()) {
                bytes = Math.multiplyExact(bytes, dimension);
            }
        } catch (ArithmeticException _) {
            throw Malformed.of("shape", shape.rank() + " dimensions that overflow", "at most 2^63 bytes");
        }
        return bytes;
    }

    /** The packet, once its payload is somewhere. */
    Packet packet(Tensor tensor) {
        long epoch = message.getRunEpoch();
        int stage = message.getStage();
        long step = message.getStep();
        int microBatch = message.getMicroBatch();
        return switch (message.getKind()) {
            case KIND_ACTIVATION -> new Activation(epoch, stage, step, microBatch, tensor);
            case KIND_ERROR_DELTA -> new ErrorDelta(epoch, stage, step, microBatch, tensor);
            case KIND_TIED_GRADIENT -> new TiedGradient(epoch, stage, step, tensor);
            case KIND_REPLICA_GRADIENT ->
                new ReplicaGradient(epoch, stage, message.getBucket(), message.getReplica(), step, tensor);
            case KIND_REPLICA_SUM ->
                new ReplicaSum(epoch, stage, message.getBucket(), message.getReplica(), step, tensor);
            case KIND_REPLICA_STATISTICS -> new ReplicaStatistics(epoch, stage, message.getReplica(), step, tensor);
            case KIND_EVALUATION_ACTIVATION -> {
                EvaluationChunk part = message.getEvaluation();
                EvaluationId id = new EvaluationId(part.getNumber(), part.getSet(), part.getStep());
                yield new EvaluationActivation(epoch, stage, id, part.getChunk(), tensor);
            }
            case KIND_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalStateException("kind: " + message.getKind() + " (expected: one that was checked)");
        };
    }
}
