package millrace.nn.layer;

import java.util.List;

/**
 * What a model is written with: one layer, or several layers under one name, such as {@link Residual} and
 * {@link TransformerBlock}. A model counts single layers: their numbers are those of weights in files.
 */
public interface Block {
    /** The layers that this stands for, in the order in which they are computed. */
    List<Layer> layers();
}
