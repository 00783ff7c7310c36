package millrace.actors.wire;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import millrace.actors.cluster.AtRest;
import millrace.actors.cluster.LiveCut;
import millrace.actors.plan.CourseState;
import millrace.actors.rank.RankAtRest;
import millrace.actors.rank.StepWord;
import millrace.proto.v1.LiveState;
import millrace.proto.v1.RestingRank;
import millrace.proto.v1.RestingRanks;
import millrace.proto.v1.StepNow;

/** What is left in memory of a run whose ranks step together; several messages have parts of it in them. */
final class LiveCodec {
    private LiveCodec() {}

    static StepNow of(StepWord word) {
        return StepNow.newBuilder()
                .setStep(word.step())
                .setSquares(word.squares())
                .putAllCourse(word.course().figures())
                .build();
    }

    /** Without the terms of the course, which every node knows. */
    static StepWord of(StepNow message) {
        return new StepWord(message.getStep(), message.getSquares(), CourseState.of(message.getCourseMap(), Map.of()));
    }

    static LiveState of(LiveCut cut) {
        return LiveState.newBuilder()
                .setWord(of(cut.word()))
                .addAllFiles(cut.files().stream().map(Figures::of).toList())
                .build();
    }

    static LiveCut of(LiveState message) {
        return new LiveCut(
                of(message.getWord()),
                message.getFilesList().stream().map(Figures::of).toList());
    }

    static RestingRanks of(AtRest rest) {
        RestingRanks.Builder message = RestingRanks.newBuilder().setStages(rest.stages());
        rest.ranks().forEach((rank, at) -> message.putRanks(rank, of(at)));
        rest.held().ifPresent(cut -> message.setHeld(of(cut)));
        return message.build();
    }

    static AtRest of(RestingRanks message) {
        TreeMap<Integer, RankAtRest> ranks = new TreeMap<>();
        message.getRanksMap().forEach((rank, at) -> ranks.put(rank, of(at)));
        return new AtRest(
                message.getStages(), ranks, message.hasHeld() ? Optional.of(of(message.getHeld())) : Optional.empty());
    }

    private static RestingRank of(RankAtRest rank) {
        return RestingRank.newBuilder()
                .addAllStages(rank.stages())
                .setStep(rank.step())
                .setReady(rank.ready())
                .setWord(of(rank.word()))
                .build();
    }

    private static RankAtRest of(RestingRank message) {
        return new RankAtRest(
                message.getStagesList().stream().toList(),
                message.getStep(),
                message.getReady(),
                of(message.getWord()));
    }
}
