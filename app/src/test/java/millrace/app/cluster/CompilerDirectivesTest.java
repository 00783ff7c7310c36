package millrace.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

class CompilerDirectivesTest {
    private static String known() throws JMException {
        return (String) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "compilerDirectivesPrint",
                        new Object[0],
                        new String[0]);
    }

    @Test
    void theVirtualMachineTakesThemOnce() throws JMException {
        CompilerDirectives.give();
        String once = known();
        CompilerDirectives.give();

        assertThat(once).contains("akka/*.*").contains("Exclude:true");
        assertThat(known()).isEqualTo(once);
    }
}
