/**
 * The line's messages between nodes: each exactly once, in order, no more under way than the receiver can take. Pure
 * cores ({@link millrace.actors.transport.SendWindow}, {@link millrace.actors.transport.Reassembly}) inside two actors,
 * {@link millrace.actors.transport.Outlet} and {@link millrace.actors.transport.Inlet}.
 */
@NullMarked
package millrace.actors.transport;

import org.jspecify.annotations.NullMarked;
