/** The only place where bytes are made: Protobuf headers and raw payloads. Generated classes do not leave it. */
@NullMarked
package millrace.actors.wire;

import org.jspecify.annotations.NullMarked;
