package millrace.nn.kernel.vector;

/** Whether this JVM has the JDK's Vector API: a module that java adds only when it is told to. Knows no class of it. */
public final class VectorApi {
    /** The module that the other classes of this package need. */
    public static final String MODULE = "jdk.incubator.vector";

    private VectorApi() {}

    /** Whether the kernels of this package can be used. */
    public static boolean isPresent() {
        return ModuleLayer.boot().findModule(MODULE).isPresent();
    }
}
