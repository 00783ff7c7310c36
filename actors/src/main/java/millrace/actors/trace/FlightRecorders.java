package millrace.actors.trace;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;

/** Those of all ranks that live here: in one actor system. Any number of threads may use it. */
public final class FlightRecorders {
    /** The run of ranks that have an actor system for themselves. */
    public static final String ALONE = "";

    private final List<FlightRecorder> recorders = new CopyOnWriteArrayList<>();
    private final LongAdder retransmissions = new LongAdder();

    /** One more rank. */
    public FlightRecorder begin(String run, int rank, long runEpoch) {
        FlightRecorder recorder = new FlightRecorder(run, rank, runEpoch);
        recorders.add(recorder);
        return recorder;
    }

    /** A rank has ended. */
    public void end(FlightRecorder recorder) {
        recorders.remove(recorder);
    }

    /** A frame was sent once more over a network. */
    public void retransmitted() {
        retransmissions.increment();
    }

    /** Frames that were sent once more over a network, since the beginning. */
    public long retransmissions() {
        return retransmissions.sum();
    }

    /**
     * What is kept of a run's ranks now, by rank.
     *
     * @param since as {@link FlightRecorder#look} has it
     */
    public List<FlightRecord> look(String run, long since) {
        List<FlightRecord> records = new ArrayList<>();
        for (FlightRecorder recorder : recorders) {
            if (recorder.run().equals(run)) {
                records.add(recorder.look(since));
            }
        }
        records.sort(Comparator.comparingInt(FlightRecord::rank));
        return records;
    }

    /** All ranks that are here, in the order in which they were made. */
    public List<FlightRecorder> all() {
        return List.copyOf(recorders);
    }
}
