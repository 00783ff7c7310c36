/**
 * Using a trained model: predictions ({@link millrace.nn.infer.Predictor}), how well it does on a data set
 * ({@link millrace.nn.infer.Evaluation}), and texts that it continues ({@link millrace.nn.infer.TextGenerator}).
 */
@NullMarked
package millrace.nn.infer;

import org.jspecify.annotations.NullMarked;
