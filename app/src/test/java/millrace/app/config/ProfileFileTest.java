package millrace.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import millrace.schedule.Costs.Link;
import millrace.schedule.Costs.RankPair;
import millrace.schedule.auto.LayerProfile;
import millrace.schedule.auto.LayerProfile.Size;
import millrace.schedule.auto.NetworkProfile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfileFileTest {
    @TempDir
    private Path folder = Path.of("");

    private ProfileFile read(String text) throws IOException {
        return ProfileFile.read(Files.writeString(folder.resolve("profile.json"), text), 2);
    }

    @Test
    void whatIsWrittenReadsBack() throws IOException {
        NetworkProfile profile = new NetworkProfile(
                List.of(
                        new LayerProfile(
                                "0 dense", 4096, 512, List.of(new Size(8, 1, 2.5, 1, 2, 0.5, 100, 60, 32, 7, 5))),
                        new LayerProfile(
                                "2 \"dense\"",
                                0,
                                List.of(new Size(4, 1, 1, 1, 0, 1, 1), new Size(8, 2, 2, 2, 0, 2, 2)))),
                new Link(0.25, 1e9),
                Map.of(new RankPair(0, 1), new Link(1, Double.POSITIVE_INFINITY)),
                List.of(1.0, 0.5),
                1e-5,
                0.002,
                1);
        ProfileFile file = new ProfileFile(profile, Optional.of("mlp"));

        assertThat(read(file.text())).isEqualTo(file);
    }

    @Test
    void oneByHandNeedsLittle() throws IOException {
        ProfileFile file = read("""
                {"layers":[{"name":"a","weight_bytes":3,"sizes":[
                  {"samples":2,"forward_s":1,"backward_input_s":2,"backward_weight_s":3}]}]}
                """);

        assertThat(file.network()).isEmpty();
        assertThat(file.profile().optimizerCopies()).isEqualTo(2);
        assertThat(file.profile().layers().getFirst().sizes()).containsExactly(new Size(2, 1, 2, 3, 0, 0, 0));
        assertThat(file.profile().link()).isEqualTo(Link.FREE);
    }

    @Test
    void refusesWhatMakesNoSense() {
        refuses("{}", "layers: nothing (expected: a list of objects)");
        refuses("{\"layers\":[]}", "layers: 0 (expected: 1 or more)");
        refuses("{\"layers\":[{\"sizes\":[]}]}", "no size (expected: one or more measured sizes)");
        refuses(
                "{\"layers\":[{\"sizes\":[{\"samples\":2}]}]}",
                "layers[0].sizes[0].backward_input_s: nothing (expected: a number)");
        refuses(
                "{\"layers\":[{\"size\":[]}]}",
                "layers[0].size: unknown key (expected: one of exchange_bytes, name, sizes, weight_bytes)");
        refuses(
                "{\"layers\":[{\"sizes\":[{\"samples\":2,\"forward_s\":-1,\"backward_input_s\":1,\"backward_weight_s\":1}]}]}",
                "time or size: -1.0 (expected: a number of 0 or more)");
        refuses("{\"layers\":", "(expected: JSON, as millrace profile writes it)");
    }

    private void refuses(String text, String message) {
        assertThatIllegalArgumentException().isThrownBy(() -> read(text)).withMessageContaining(message);
    }
}
