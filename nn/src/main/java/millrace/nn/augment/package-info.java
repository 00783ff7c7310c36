/** Random changes of training samples, the same for every partition and recovery. */
@NullMarked
package millrace.nn.augment;

import org.jspecify.annotations.NullMarked;
