/**
 * What a node holds in memory of the last checkpoint, off the heap: the files that its own stages wrote, and copies of those
 * of other nodes. A run that has lost a node goes on from there, and reads the disk only for what nobody holds.
 */
@NullMarked
package millrace.actors.memory;

import org.jspecify.annotations.NullMarked;
