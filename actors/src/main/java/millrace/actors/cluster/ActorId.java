package millrace.actors.cluster;

/**
 * Which actor is meant, for those who must not know actors: {@link Recovery} compares names, the coordinator turns them
 * into references and back.
 *
 * @param text the actor's address, path and number as Akka writes them: an actor that is made anew under the same path
 *     has another
 */
public record ActorId(String text) {
    @Override
    public String toString() {
        return text;
    }
}
