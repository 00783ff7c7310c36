/** Models as lists of layers, their partition into stages, and the run of layers that a stage computes. */
@NullMarked
package millrace.nn.model;

import org.jspecify.annotations.NullMarked;
