/**
 * Models as ONNX files: {@link millrace.nn.onnx.OnnxFile} writes them, and is public API; one class for each kind of layer that
 * becomes several nodes is internal.
 */
@NullMarked
package millrace.nn.onnx;

import org.jspecify.annotations.NullMarked;
