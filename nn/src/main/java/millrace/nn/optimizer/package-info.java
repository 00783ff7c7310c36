/** Optimizers with PyTorch's rules and defaults, penalties, clipping and learning-rate schedules. */
@NullMarked
package millrace.nn.optimizer;

import org.jspecify.annotations.NullMarked;
