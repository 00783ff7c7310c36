package millrace.architecture;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which package of ours uses which. A constant such as {@code static final int FAILED = 1} is copied into the classes that
 * use it, and no instruction of theirs names its class any more, so ArchUnit does not see that use; the compiler leaves the
 * name of the class among their constants, where it is read here.
 */
final class PackageGraph {
    private final SortedMap<String, SortedSet<String>> uses = new TreeMap<>();
    private final Map<String, String> because = new HashMap<>();

    private PackageGraph() {}

    /** The packages of all these classes. */
    static PackageGraph of(JavaClasses classes) {
        PackageGraph graph = new PackageGraph();
        for (JavaClass type : classes) {
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass();
                graph.add(type, target.getPackageName(), target.getName());
            }
            for (String constant : constants(type)) {
                graph.add(type, constant.substring(0, Math.max(0, constant.lastIndexOf('.'))), constant);
            }
        }
        return graph;
    }

    private static List<String> constants(JavaClass type) {
        List<String> names = new ArrayList<>();
        try (InputStream file = type.getSource().orElseThrow().getUri().toURL().openStream()) {
            for (PoolEntry entry : ClassFile.of().parse(file.readAllBytes()).constantPool()) {
                if (entry instanceof ClassEntry named && !named.asSymbol().isArray()) {
                    names.add(named.asInternalName().replace('/', '.'));
                }
            }
            return names;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void add(JavaClass from, String to, String target) {
        String own = from.getPackageName();
        if (to.startsWith("millrace.") && !to.equals(own)) {
            uses.computeIfAbsent(own, _ -> new TreeSet<>()).add(to);
            because.putIfAbsent(own + " " + to, from.getName() + " uses " + target);
        }
    }

    /** The shortest way from each package back to itself, as the uses that it consists of; empty without a cycle. */
    List<List<String>> cycles() {
        List<List<String>> cycles = new ArrayList<>();
        Set<Set<String>> known = new HashSet<>();
        for (String begin : uses.keySet()) {
            List<String> way = wayBack(begin);
            if (!way.isEmpty() && known.add(new HashSet<>(way))) {
                List<String> told = new ArrayList<>();
                for (int i = 0; i < way.size(); i++) {
                    told.add(because.get(way.get(i) + " " + way.get((i + 1) % way.size())));
                }
                cycles.add(told);
            }
        }
        return cycles;
    }

    private List<String> wayBack(String begin) {
        Map<String, String> reachedFrom = new HashMap<>();
        Deque<String> open = new ArrayDeque<>(List.of(begin));
        while (!open.isEmpty()) {
            String at = open.removeFirst();
            for (String next : uses.getOrDefault(at, new TreeSet<>())) {
                if (next.equals(begin)) {
                    Deque<String> way = new ArrayDeque<>(List.of(at));
                    while (!way.getFirst().equals(begin)) {
                        way.addFirst(reachedFrom.get(way.getFirst()));
                    }
                    return List.copyOf(way);
                }
                if (reachedFrom.putIfAbsent(next, at) == null) {
                    open.addLast(next);
                }
            }
        }
        return List.of();
    }
}
