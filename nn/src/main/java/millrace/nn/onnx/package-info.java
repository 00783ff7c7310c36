/** Models as ONNX files. */
@NullMarked
package millrace.nn.onnx;

import org.jspecify.annotations.NullMarked;
