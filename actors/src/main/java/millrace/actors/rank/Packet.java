package millrace.actors.rank;

import java.util.Optional;
import millrace.nn.tensor.Tensor;
import millrace.schedule.Action;

/**
 * A tensor that one rank sends another. A packet owns one hold of its tensor; whoever takes the packet gives the hold up,
 * or the serializer does when the packet leaves the JVM. The tensor is read-only from the moment it is sent.
 *
 * <p>This is the one description of what travels between stages. A new kind of packet is a record here, a case in
 * {@code wire.PacketHeader}, and a case in the core that takes it.
 */
public sealed interface Packet extends LineMessage {
    /** The kinds of packets. */
    enum Kind {
        ACTIVATION(0),
        ERROR_DELTA(1),
        EVALUATION_ACTIVATION(2),
        TIED_GRADIENT(3),
        REPLICA_GRADIENT(4),
        REPLICA_SUM(5),
        REPLICA_STATISTICS(6);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        /** A number that stays, whatever kinds are added: the fate of a packet on an emulated link is drawn with it. */
        public int code() {
            return code;
        }
    }

    /**
     * What tells a packet from all others of its run epoch. Messages may overtake each other, so ranks put packets aside
     * under this key and not in the order of their arrival.
     *
     * @param stage that it is for
     * @param number of the batch, counted from 0 over the whole run; of an activation of an evaluation, the evaluation's
     * @param part of that: micro-batch, chunk, or bucket with replica; 0 where there is only one
     */
    record Key(Kind kind, int stage, long number, int part) {}

    /** Number of the run's (re)start: packets of an earlier one are dropped. */
    long runEpoch();

    /** The stage that it is for. */
    int stage();

    /** The payload. */
    Tensor tensor();

    Key key();

    /** The same packet with another tensor. */
    Packet with(Tensor other);

    /** The packet with a payload of its own, as if it had come over a network. */
    default Packet copy() {
        return with(tensor().copy());
    }

    /** The action that its receiver may do with it; empty for what belongs to no action of the schedule. */
    default Optional<Action> releases() {
        return Optional.empty();
    }

    /**
     * The stage before has done its forward.
     *
     * @param step number of the batch, from 0
     * @param tensor rows of the micro-batch x the shape between the two stages
     */
    record Activation(long runEpoch, int stage, long step, int microBatch, Tensor tensor) implements Packet {
        @Override
        public Key key() {
            return new Key(Kind.ACTIVATION, stage, step, microBatch);
        }

        @Override
        public Activation with(Tensor other) {
            return new Activation(runEpoch, stage, step, microBatch, other);
        }

        @Override
        public Optional<Action> releases() {
            return Optional.of(Action.forward(stage, microBatch));
        }
    }

    /**
     * The stage after has done its backward-input.
     *
     * @param step number of the batch, from 0
     * @param tensor gradient of the loss with respect to the activation that the receiving stage sent, of its shape
     */
    record ErrorDelta(long runEpoch, int stage, long step, int microBatch, Tensor tensor) implements Packet {
        @Override
        public Key key() {
            return new Key(Kind.ERROR_DELTA, stage, step, microBatch);
        }

        @Override
        public ErrorDelta with(Tensor other) {
            return new ErrorDelta(runEpoch, stage, step, microBatch, other);
        }

        @Override
        public Optional<Action> releases() {
            return Optional.of(Action.backwardInput(stage, microBatch));
        }
    }

    /**
     * The stage before has done its part of a chunk of an evaluation; nothing is sent back for it. From the last stage, with the
     * number of stages as the stage, it is what comes out of a replica of the line, for the rank that adds up.
     */
    record EvaluationActivation(long runEpoch, int stage, EvaluationId id, int chunk, Tensor tensor) implements Packet {
        @Override
        public Key key() {
            return new Key(Kind.EVALUATION_ACTIVATION, stage, id.number(), chunk);
        }

        @Override
        public EvaluationActivation with(Tensor other) {
            return new EvaluationActivation(runEpoch, stage, id, chunk, other);
        }
    }

    /**
     * Another stage's share of the gradient of a weight that both have, for the step at the end of a batch.
     *
     * @param step number of the batch, from 0
     */
    record TiedGradient(long runEpoch, int stage, long step, Tensor tensor) implements Packet {
        @Override
        public Key key() {
            return new Key(Kind.TIED_GRADIENT, stage, step, 0);
        }

        @Override
        public TiedGradient with(Tensor other) {
            return new TiedGradient(runEpoch, stage, step, other);
        }
    }

    /**
     * A replica's gradients of a part of a stage, for the replica that adds them up.
     *
     * @param bucket of the stage's layers
     * @param replica whose they are
     * @param step number of the optimizer step, from 0
     */
    record ReplicaGradient(long runEpoch, int stage, int bucket, int replica, long step, Tensor tensor)
            implements Packet {
        @Override
        public Key key() {
            return new Key(Kind.REPLICA_GRADIENT, stage, step, part(bucket, replica));
        }

        @Override
        public ReplicaGradient with(Tensor other) {
            return new ReplicaGradient(runEpoch, stage, bucket, replica, step, other);
        }
    }

    /**
     * The sum of all replicas' gradients of a part of a stage.
     *
     * @param bucket of the stage's layers
     * @param owner the replica that has added them up
     * @param step number of the optimizer step, from 0
     */
    record ReplicaSum(long runEpoch, int stage, int bucket, int owner, long step, Tensor tensor) implements Packet {
        @Override
        public Key key() {
            return new Key(Kind.REPLICA_SUM, stage, step, part(bucket, owner));
        }

        @Override
        public ReplicaSum with(Tensor other) {
            return new ReplicaSum(runEpoch, stage, bucket, owner, step, other);
        }
    }

    /**
     * What a replica's micro-batches give to the running statistics of a stage, such as those of batch norm.
     *
     * @param replica whose micro-batches they are
     * @param step number of the optimizer step, from 0
     */
    record ReplicaStatistics(long runEpoch, int stage, int replica, long step, Tensor tensor) implements Packet {
        @Override
        public Key key() {
            return new Key(Kind.REPLICA_STATISTICS, stage, step, replica);
        }

        @Override
        public ReplicaStatistics with(Tensor other) {
            return new ReplicaStatistics(runEpoch, stage, replica, step, other);
        }
    }

    /** One number for a bucket and a replica, of which there are fewer than 2^16. */
    private static int part(int bucket, int replica) {
        return (bucket << Short.SIZE) | replica;
    }
}
