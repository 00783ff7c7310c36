package millrace.actors.trainer;

import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Collectors;
import millrace.actors.rank.actor.TrainerProtocol.Position;

/**
 * Notices that nothing will ever happen again, because a message was lost. In rounds every rank is asked how many
 * messages it has handled; it answers once it has nothing to do. The run stands still when no rank handled any between
 * its answers of two rounds, the second of which was begun after the first was answered.
 *
 * <p>That is never so of a run that goes on, however short the rounds (Mattern, Algorithms for distributed termination
 * detection, 1987). Between the rounds nobody worked. Whatever was in a mailbox at that time was there before the second
 * question, so its receiver would have handled it before the second answer; a report was with the trainer before the
 * answer that followed it, and what the trainer told upon it came before the second question or counts as handled after
 * it. What an emulated link still carries the sender knows, and who still writes its part of a checkpoint, and such a
 * round does not count; nor does one while the trainer waits for the disk. A round that stays open is given up and begun anew under another number: between nodes a question or an answer may have been lost.
 */
final class StallWatch {
    private final int ranks;
    private final NavigableMap<Integer, Position> round = new TreeMap<>();
    private Map<Integer, Position> before = Map.of();
    private long number;
    private boolean open;
    private boolean late;

    StallWatch(int ranks) {
        this.ranks = ranks;
    }

    /**
     * The number of the round that the ranks should be asked for now; none while an answer is still to come, since that
     * rank computes, or the other time that this is asked.
     */
    OptionalLong begin() {
        if (open && !late) {
            late = true;
            return OptionalLong.empty();
        }
        round.clear();
        open = true;
        late = false;
        number++;
        return OptionalLong.of(number);
    }

    /** A rank has answered; what to tell the user when the run stands still. */
    Optional<String> answered(Position position) {
        if (position.round() != number || !open) {
            return Optional.empty();
        }
        round.put(position.rank(), position);
        if (round.size() < ranks) {
            return Optional.empty();
        }
        boolean stalled = round.values().stream().allMatch(this::unmoved);
        Optional<String> complaint = stalled ? Optional.of(complaint()) : Optional.empty();
        before = Map.copyOf(round);
        round.clear();
        open = false;
        return complaint;
    }

    /** What the ranks have answered so far says nothing: they wait for something that is still to come. */
    void forget() {
        before = Map.of();
        round.clear();
        open = false;
        late = false;
    }

    private boolean unmoved(Position now) {
        Position last = before.get(now.rank());
        return last != null && last.handled() == now.handled() && !last.underWay() && !now.underWay();
    }

    private String complaint() {
        return "stalled run: "
                + round.values().stream().map(Position::waitsFor).collect(Collectors.joining("; "))
                + " (expected: some rank can go on); a message was lost, start again, from the last checkpoint if there"
                + " is one";
    }
}
