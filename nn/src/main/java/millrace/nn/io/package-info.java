/** Tensor files: safetensors, the digest of a model's weights, and the encoding of Protobuf messages. */
@NullMarked
package millrace.nn.io;

import org.jspecify.annotations.NullMarked;
