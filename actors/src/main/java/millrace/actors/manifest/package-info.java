/** What a checkpoint says about itself, apart from how that is written. */
@NullMarked
package millrace.actors.manifest;

import org.jspecify.annotations.NullMarked;
