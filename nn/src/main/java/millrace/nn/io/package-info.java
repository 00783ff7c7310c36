/**
 * Files of tensors: {@link millrace.nn.io.Safetensors} and the digest of a model's weights are public API; the readers and
 * writers of JSON and Protobuf bytes and the atomic writing of files are internal.
 */
@NullMarked
package millrace.nn.io;

import org.jspecify.annotations.NullMarked;
