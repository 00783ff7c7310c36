package millrace.app.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import millrace.schedule.timeline.Timeline;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PictureFileTest {
    private static final List<Timeline> TIMELINES = List.of(Samples.small("s"));

    @TempDir
    Path folder;

    @Test
    void theEndingDecides() throws IOException {
        PictureFile.writeTimelines(folder.resolve("a.svg"), TIMELINES);
        PictureFile.writeTimelines(folder.resolve("a.PNG"), TIMELINES);
        PictureFile.writeTimelines(folder.resolve("a.json"), TIMELINES);
        assertThat(folder.resolve("a.svg")).content().startsWith("<?xml").endsWith("</svg>\n");
        assertThat(Files.readAllBytes(folder.resolve("a.PNG"))).startsWith(0x89, 'P', 'N', 'G');
        assertThat(folder.resolve("a.json")).content().startsWith("{\"displayTimeUnit\"");
        assertThat(names()).containsExactlyInAnyOrder("a.svg", "a.PNG", "a.json");
    }

    @Test
    void replacesAnOlderPicture() throws IOException {
        Path file = folder.resolve("a.svg");
        Files.writeString(file, "older");
        PictureFile.write(file, Gantt.of(TIMELINES));
        assertThat(file).content().startsWith("<?xml");
    }

    @Test
    void refusesOtherEndings() {
        Path gif = folder.resolve("a.gif");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PictureFile.requireTimelines(gif))
                .withMessage("picture: " + gif + " (expected: a file that ends in .svg, .png or .json)");
        Path json = folder.resolve("a.json");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PictureFile.requirePicture(json))
                .withMessage("picture: " + json + " (expected: a file that ends in .svg or .png)");
    }

    @Test
    void refusesFoldersThatAreNotThere() throws IOException {
        Path file = folder.resolve("none").resolve("a.png");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PictureFile.requirePicture(file))
                .withMessageStartingWith("file: " + file + ", no folder ");
        Path taken = Files.createDirectory(folder.resolve("b.png"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PictureFile.requirePicture(taken))
                .withMessage("file: " + taken + " is a folder (expected: the path of a file)");
    }

    @Test
    void leavesNothingBehindWhenItFails() throws IOException {
        Path file = folder.resolve("a.json");
        Files.writeString(file, "older");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PictureFile.writeTimelines(file, List.of(Samples.small("h"))));
        assertThat(file).hasContent("older");
        assertThat(names()).containsExactly("a.json");
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
