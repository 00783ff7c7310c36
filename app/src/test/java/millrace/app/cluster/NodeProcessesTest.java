package millrace.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NodeProcessesTest {
    @Test
    void nodesReadAnArchiveOfClassesAndWriteNone() {
        assertThat(NodeProcesses.inherited(List.of(
                        "--add-modules=jdk.incubator.vector",
                        "-XX:SharedArchiveFile=warm.jsa",
                        "-XX:AOTCache=warm.aot",
                        "-XX:ArchiveClassesAtExit=warm.jsa",
                        "-XX:+AutoCreateSharedArchive",
                        "-XX:AOTCacheOutput=warm.aot",
                        "-XX:AOTMode=record",
                        "-XX:AOTConfiguration=warm.aotconf",
                        "-Xmx1g")))
                .containsExactly(
                        "--add-modules=jdk.incubator.vector",
                        "-XX:SharedArchiveFile=warm.jsa",
                        "-XX:AOTCache=warm.aot",
                        "-Xmx1g");
    }
}
