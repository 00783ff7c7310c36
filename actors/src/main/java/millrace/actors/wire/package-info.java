/** Messages as bytes: Protobuf headers and raw payloads. Classes that Protobuf has generated are used in this package only. */
@NullMarked
package millrace.actors.wire;

import org.jspecify.annotations.NullMarked;
