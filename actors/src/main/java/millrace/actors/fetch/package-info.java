/**
 * Files that are fetched from other nodes: known by their digest, sent in pieces that the receiver asks for, resumed where a
 * transfer has broken off, and looked through before anybody uses them.
 */
@NullMarked
package millrace.actors.fetch;

import org.jspecify.annotations.NullMarked;
