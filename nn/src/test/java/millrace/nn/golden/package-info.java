/** What tests of several packages share: values made with PyTorch, comparison with a tolerance, random input. */
@NullMarked
package millrace.nn.golden;

import org.jspecify.annotations.NullMarked;
