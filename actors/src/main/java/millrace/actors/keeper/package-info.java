/**
 * What the nodes of a run keep of it where they share no folder: each a promise of who may write, the shards that were
 * written there or copied from others, and the manifests that say where the others are.
 */
@NullMarked
package millrace.actors.keeper;

import org.jspecify.annotations.NullMarked;
