package millrace.actors.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import millrace.actors.rank.LineMessage;
import millrace.actors.rank.Packet.Activation;
import millrace.actors.transport.Acknowledged.Range;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.Test;

class ReassemblyTest {
    private static final int FRAMES = Reassembly.FURTHEST + 1000;
    private static final Route ROUTE = new Route(7, "a", 1);

    private final TensorMemory memory = new TensorMemory();
    private final Reassembly link = new Reassembly(memory, 1 << 20);

    private record Elements(int count) implements Claim {
        @Override
        public long payload() {
            return 4L * count;
        }

        @Override
        public LineMessage message(TensorMemory memory) {
            return new Activation(7, 1, 0, 0, memory.take(ElementType.F32, Shape.of(count)));
        }
    }

    private boolean receive(int number) {
        return link.receive(new FramePlace(number, number, 0, 4), new Elements(FRAMES), 4, m -> m.fill((byte) 1));
    }

    /** How far a window reaches is counted from the first frame that is missing, not from the message's first. */
    @Test
    void messagesOfMoreFramesThanAnyWindow() {
        for (int number = 0; number < FRAMES; number++) {
            assertThat(receive(number)).isTrue();
            assertThat(link.hasGap()).isFalse();
        }
        assertThat(link.take())
                .singleElement()
                .isInstanceOfSatisfying(Activation.class, m -> m.tensor().release());
        assertThat(link.acknowledged(ROUTE)).isEqualTo(new Acknowledged(ROUTE, FRAMES, FRAMES - 1, List.of()));
        assertThat(memory.inUse()).isZero();
    }

    @Test
    void saysWhatIsMissing() {
        for (int number : new int[] {0, 1, 3, 6, 7, 8, 10}) {
            assertThat(receive(number)).isTrue();
        }
        assertThat(link.hasGap()).isTrue();
        assertThat(receive(7)).isFalse();
        assertThat(link.duplicates()).isOne();
        assertThat(link.acknowledged(ROUTE))
                .isEqualTo(
                        new Acknowledged(ROUTE, 2, 10, List.of(new Range(3, 4), new Range(6, 9), new Range(10, 11))));
        link.close();
        assertThat(memory.inUse()).isZero();
    }

    @Test
    void framesBeyondAnyWindowAreRefused() {
        assertThat(receive(0)).isTrue();
        assertThatThrownBy(() -> receive(1 + Reassembly.FURTHEST))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("frame: number 65537 (expected: below 65537, as far as a window reaches)");
        link.close();
    }

    /** A gap list that is cut says nothing of what is beyond. */
    @Test
    void manyGaps() {
        for (int number = 1; number < 200; number += 2) {
            assertThat(receive(number)).isTrue();
        }
        Acknowledged ack = link.acknowledged(ROUTE);
        assertThat(ack.received()).hasSize(Acknowledged.MOST_RANGES);
        assertThat(ack.knows(126)).isTrue();
        assertThat(ack.knows(128)).isFalse();
        link.close();
    }

    @Test
    void sizeClassesWasteAtMostAQuarter() {
        for (long elements = 1025; elements < 5_000_000; elements += 977) {
            assertThat(TensorMemory.capacity(elements)).isBetween(elements, elements + elements / 4);
        }
        assertThat(TensorMemory.capacity(1 << 18)).isEqualTo(1 << 18);
        assertThat(TensorMemory.capacity(0)).isEqualTo(1024);
    }
}
