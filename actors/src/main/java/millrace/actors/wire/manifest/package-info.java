/** Manifests of checkpoints as Protobuf text; apart from messages, because checkpoints know nothing of those. */
@NullMarked
package millrace.actors.wire.manifest;

import org.jspecify.annotations.NullMarked;
