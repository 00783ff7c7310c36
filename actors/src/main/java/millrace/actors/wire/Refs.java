package millrace.actors.wire;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorRefResolver;
import java.util.List;
import millrace.actors.cluster.WorkerProtocol.RankPlace;

/** Actors as texts and back. */
record Refs(ActorRefResolver resolver) {
    <T> String text(ActorRef<T> actor) {
        return resolver.toSerializationFormat(actor);
    }

    <T> ActorRef<T> actor(String text) {
        return resolver.resolveActorRef(text);
    }

    List<millrace.proto.v1.RankPlace> messages(List<RankPlace> places) {
        return places.stream()
                .map(place -> millrace.proto.v1.RankPlace.newBuilder()
                        .setRank(place.rank())
                        .setWorker(text(place.worker()))
                        .setStage(text(place.actor()))
                        .setInlet(text(place.inlet()))
                        .build())
                .toList();
    }

    List<RankPlace> places(List<millrace.proto.v1.RankPlace> messages) {
        return messages.stream()
                .map(message -> new RankPlace(
                        message.getRank(),
                        actor(message.getWorker()),
                        actor(message.getStage()),
                        actor(message.getInlet())))
                .toList();
    }
}
