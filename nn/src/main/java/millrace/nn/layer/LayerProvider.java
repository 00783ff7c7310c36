package millrace.nn.layer;

import java.util.List;

/**
 * Adds kinds of layers to those that run files may name. Millrace's own come from {@link StandardLayers}. A provider of
 * your own is a public class with a public constructor without arguments, named in
 * {@code META-INF/services/millrace.nn.layer.LayerProvider} of a jar on the class path ({@link java.util.ServiceLoader});
 * for a run on a cluster it is on the class path of every node.
 */
public interface LayerProvider {
    /** The kinds of layers, in the order in which lists show them. */
    List<LayerType> types();
}
