/**
 * Which of several ways a weight matrix is multiplied in, and the table of measured times that it is chosen by. All of it is
 * text and arithmetic; who multiplies is in {@code nn.kernel} and below it.
 */
@NullMarked
package millrace.nn.choice;

import org.jspecify.annotations.NullMarked;
