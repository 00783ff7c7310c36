package millrace.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import millrace.nn.backend.Backend;
import millrace.nn.infer.Predictor;
import millrace.nn.model.TrainingSpec;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The rules of docs/architecture.md, over the compiled classes of all modules. */
class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("test-classes"))
            .importPackages("millrace");

    @Test
    void schedulesDependOnNothing() {
        classes()
                .that()
                .resideInAPackage("millrace.schedule..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("millrace.schedule..", "java..", "org.jspecify..")
                .check(CLASSES);
    }

    @Test
    void neuralNetworksImportNothingOfOurs() {
        noClasses()
                .that()
                .resideInAPackage("millrace.nn..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("millrace.schedule..", "millrace.actors..", "millrace.app..", "millrace.proto..")
                .check(CLASSES);
    }

    @Test
    void onlyTheBackendKnowsWhichKernelsThereAre() {
        noClasses()
                .that()
                .resideOutsideOfPackages("millrace.nn.backend", "millrace.nn.kernel.*")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("millrace.nn.kernel.*")
                .check(CLASSES);
    }

    /** Where a backend was not named: the default of a spec and of a predictor, and what a command computes by itself. */
    @Test
    void theBackendTravelsWithThePlan() {
        noClasses()
                .that()
                .resideInAnyPackage("millrace.nn..", "millrace.actors..")
                .and()
                .doNotBelongToAnyOf(Backend.class, TrainingSpec.class, Predictor.class)
                .should()
                .callMethod(Backend.class, "fast")
                .orShould()
                .callMethod(Backend.class, "vector")
                .orShould()
                .callMethod(Backend.class, "scalar")
                .check(CLASSES);
    }

    @Test
    void actorsDoNotKnowTheCommandLine() {
        noClasses()
                .that()
                .resideInAPackage("millrace.actors..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("millrace.app..", "picocli..", "me.tongfei..")
                .check(CLASSES);
    }

    @Test
    void generatedClassesStayInTheWirePackage() {
        noClasses()
                .that()
                .resideOutsideOfPackages("millrace.actors.wire..", "millrace.proto..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("millrace.proto..", "com.google.protobuf..")
                .check(CLASSES);
    }

    @Test
    void akkaStaysInTheActorsModule() {
        noClasses()
                .that()
                .resideInAnyPackage("millrace.schedule..", "millrace.nn..", "millrace.proto..", "millrace.app..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("akka..")
                .check(CLASSES);
    }

    @Test
    void coresReachNoAkka() {
        for (String core : List.of(
                "millrace.actors.rank.RankCore",
                "millrace.actors.rank.FlushingCore",
                "millrace.actors.rank.StreamCore",
                "millrace.actors.rank.Packet",
                "millrace.actors.rank.Work",
                "millrace.actors.transport.SendWindow",
                "millrace.actors.transport.Reassembly",
                "millrace.actors.course.Course",
                "millrace.actors.fetch.Download",
                "millrace.actors.cluster.Recovery",
                "millrace.actors.jobs.JobQueue")) {
            assertThat(reached(CLASSES.get(core)))
                    .as("what %s reaches", core)
                    .hasSizeGreaterThan(3)
                    .noneMatch(name -> name.startsWith("akka."));
        }
        assertThat(reached(CLASSES.get("millrace.actors.rank.actor.RankActor")))
                .as("what an actor reaches")
                .anyMatch(name -> name.startsWith("akka."));
    }

    /** All classes that a class depends on, directly or through classes of ours. */
    private static Set<String> reached(JavaClass start) {
        Set<String> reached = new TreeSet<>();
        Deque<JavaClass> open = new ArrayDeque<>(List.of(start));
        while (!open.isEmpty()) {
            for (Dependency dependency : open.pop().getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass().getBaseComponentType();
                if (reached.add(target.getName()) && target.getName().startsWith("millrace.")) {
                    open.push(target);
                }
            }
        }
        return reached;
    }

    @Test
    void packagesHaveNoCycles() {
        // not ArchUnit's slices: they do not see the use of a constant
        assertThat(PackageGraph.of(CLASSES).cycles()).isEmpty();
    }

    @Test
    void onlyTheProgramPrints() {
        noClasses()
                .that()
                .resideOutsideOfPackages("millrace.app..", "millrace.bench..")
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(CLASSES);
    }

    @Test
    void everyPackageSaysWhatItIsForAndIsNullMarked() {
        List<String> without = CLASSES.stream()
                .map(type -> type.getPackage())
                .distinct()
                .filter(p -> !p.getName().startsWith("millrace.proto"))
                .filter(p -> !p.isAnnotatedWith(NullMarked.class))
                .map(JavaPackage::getName)
                .toList();
        assertThat(without).isEmpty();
        assertThat(CLASSES.stream().map(type -> type.getPackageName()).distinct())
                .as("packages that were looked at")
                .contains(
                        "millrace.schedule",
                        "millrace.nn.kernel",
                        "millrace.actors.rank",
                        "millrace.actors.rank.actor",
                        "millrace.app.command");
    }
}
