/**
 * One rank of the line, free of threads, clock and Akka: {@link millrace.actors.rank.RankCore} takes what other ranks send
 * ({@link millrace.actors.rank.Packet}) and returns the work that it has done ({@link millrace.actors.rank.Work}). The actor
 * around it is in {@code rank.actor}.
 */
@NullMarked
package millrace.actors.rank;

import org.jspecify.annotations.NullMarked;
