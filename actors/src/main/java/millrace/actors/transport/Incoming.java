package millrace.actors.transport;

import java.util.BitSet;
import millrace.actors.rank.LineMessage;
import millrace.actors.rank.Packet;

/** A message that is being put together; guarded by its {@link Reassembly}. */
final class Incoming {
    final Claim claim;
    final LineMessage message;
    final int slice;
    final long frames;
    // begun is what somebody has copied or is copying, here what is in place
    final BitSet begun = new BitSet();
    final BitSet here = new BitSet();

    Incoming(Claim claim, int slice, TensorMemory memory) {
        this.claim = claim;
        this.message = claim.message(memory);
        this.slice = slice;
        this.frames = FramePlace.frames(claim.payload(), slice);
    }

    boolean isWhole() {
        return here.cardinality() == frames;
    }

    boolean isBeingCopied() {
        return begun.cardinality() > here.cardinality();
    }

    void release() {
        if (message instanceof Packet packet) {
            packet.tensor().release();
        }
    }
}
