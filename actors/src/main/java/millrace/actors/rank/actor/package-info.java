/**
 * The actor around one rank of the line, the messages that it understands ({@link
 * millrace.actors.rank.actor.RankProtocol}), and those that it sends to the trainer ({@link
 * millrace.actors.rank.actor.TrainerProtocol}).
 */
@NullMarked
package millrace.actors.rank.actor;

import org.jspecify.annotations.NullMarked;
