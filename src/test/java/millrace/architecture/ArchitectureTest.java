package millrace.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
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
    void packagesHaveNoCycles() {
        slices().matching("millrace.(**)").should().beFreeOfCycles().check(CLASSES);
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
                .contains("millrace.schedule", "millrace.nn.kernel", "millrace.actors.stage", "millrace.app.command");
    }
}
