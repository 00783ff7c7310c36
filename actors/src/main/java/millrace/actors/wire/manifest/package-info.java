/** Manifests of checkpoints as Protobuf text. They are not among the messages, because checkpoints do not depend on messages. */
@NullMarked
package millrace.actors.wire.manifest;

import org.jspecify.annotations.NullMarked;
