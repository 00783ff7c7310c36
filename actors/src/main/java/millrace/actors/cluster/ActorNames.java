package millrace.actors.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorRefResolver;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import millrace.actors.cluster.RecoveryFact.Place;
import millrace.actors.cluster.WorkerProtocol.RankPlace;

/** References to actors as names for those who must not know actors, and back, as they travel between nodes. */
public record ActorNames(ActorRefResolver resolver) {
    /** Its name. */
    public ActorId id(ActorRef<?> actor) {
        return new ActorId(resolver.toSerializationFormat(actor));
    }

    /** host:port of an actor's node. */
    public String address(ActorRef<?> actor) {
        String text = id(actor).text();
        return text.substring(text.indexOf('@') + 1, text.indexOf("/user"));
    }

    /** Their names. */
    public Set<ActorId> ids(Set<? extends ActorRef<?>> actors) {
        return actors.stream().map(this::id).collect(Collectors.toUnmodifiableSet());
    }

    <T> ActorRef<T> actor(ActorId id) {
        return resolver.resolveActorRef(id.text());
    }

    /** The worker of that name. */
    public ActorRef<WorkerProtocol.Command> worker(ActorId id) {
        return actor(id);
    }

    /** The workers of these names. */
    public Set<ActorRef<WorkerProtocol.Command>> workers(Set<ActorId> ids) {
        return ids.stream().map(this::worker).collect(Collectors.toUnmodifiableSet());
    }

    ActorRef<ClientProtocol.Event> client(ActorId id) {
        return actor(id);
    }

    List<Place> named(List<RankPlace> places) {
        return places.stream()
                .map(place -> new Place(place.rank(), id(place.worker()), id(place.actor()), id(place.inlet())))
                .toList();
    }

    List<RankPlace> places(List<Place> named) {
        return named.stream()
                .map(place ->
                        new RankPlace(place.rank(), actor(place.worker()), actor(place.actor()), actor(place.inlet())))
                .toList();
    }
}
