/** Tensor files: safetensors and the digest of a model's weights. */
@NullMarked
package millrace.nn.io;

import org.jspecify.annotations.NullMarked;
