/**
 * The actor around one rank of the line, what it is told ({@link millrace.actors.rank.actor.RankProtocol}), and what the
 * trainer is told in return ({@link millrace.actors.rank.actor.TrainerProtocol}).
 */
@NullMarked
package millrace.actors.rank.actor;

import org.jspecify.annotations.NullMarked;
