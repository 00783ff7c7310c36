/**
 * What the machines of a cluster are like, measured for those who plan: how fast each node multiplies, and how long messages and
 * bytes take between two of them.
 */
@NullMarked
package millrace.actors.probe;

import org.jspecify.annotations.NullMarked;
