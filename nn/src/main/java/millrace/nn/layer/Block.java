package millrace.nn.layer;

import java.util.List;

/** What a model is written with: a layer, or several that have one name together, such as {@link Residual}. */
public interface Block {
    /** The layers that this stands for, in the order in which they are computed. */
    List<Layer> layers();
}
