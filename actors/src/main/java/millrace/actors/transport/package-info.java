/**
 * Messages between ranks on different nodes: each arrives exactly once and in order, and no more are sent than the receiver has
 * room for. Cores without threads or clock ({@link millrace.actors.transport.SendWindow}, {@link millrace.actors.transport.Reassembly}) are inside of two actors,
 * {@link millrace.actors.transport.Outlet} and {@link millrace.actors.transport.Inlet}.
 */
@NullMarked
package millrace.actors.transport;

import org.jspecify.annotations.NullMarked;
