package millrace.app.ui;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.typesafe.config.Config;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import millrace.actors.Runs;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.actors.run.Run;
import millrace.app.command.SimulationQuery;
import millrace.app.config.BenchSetup;
import millrace.app.config.RunFile;
import millrace.app.live.LivePipeline;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page in a real browser, where one is installed. */
class PageTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    private Path profile = Path.of("");

    private final RunFeeds runs = new RunFeeds();
    private final RunFeed feed = runs.add(RunFeed.live("mlp-1", Map.of("training.batch", "64"), () -> {}, () -> {}));
    private final UiServer server = UiServer.start(
            "127.0.0.1", 0, new UiServer.Site(runs, new SimulationQuery(), () -> "", () -> true, Optional.empty()));
    private Browser browser;

    @BeforeEach
    void begin() throws IOException {
        assumeTrue(
                Browser.installed().isPresent(),
                "no chromium here: the page is not looked at (apt-get install chromium)");
        browser = new Browser(Browser.installed().orElseThrow(), profile);
    }

    @AfterEach
    void end() {
        if (browser != null) {
            browser.close();
        }
        server.close();
    }

    private void becomes(String expression, String wanted) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(browser.value(expression)).isEqualTo(wanted));
    }

    @Test
    void theLossGrowsWhileTheRunTells() throws Exception {
        feed.tell(
                "{\"event\":\"start\",\"run\":\"mlp-1\",\"model\":\"mlp\",\"parameters\":10,\"stages\":[{\"stage\":0}],\"schedule\":\"1f1b\","
                        + "\"micro_batches\":4,\"batch\":64,\"last_step\":100}",
                false);
        browser.open(server.page());
        String points = "document.querySelector('polyline.series')?.getAttribute('points').split(' ').length";
        for (int step = 1; step <= 5; step++) {
            feed.tell(
                    "{\"event\":\"step\",\"step\":" + step + ",\"loss\":" + 1.0 / step
                            + ",\"lr\":0.1,\"samples_per_s\":100}",
                    true);
        }
        becomes(points, "5");
        feed.tell("{\"event\":\"recovering\",\"reason\":\"worker b:1 lost\"}", false);
        for (int step = 6; step <= 9; step++) {
            feed.tell(
                    "{\"event\":\"step\",\"step\":" + step + ",\"loss\":" + 1.0 / step
                            + ",\"lr\":0.1,\"samples_per_s\":100}",
                    true);
        }
        becomes(points, "9");
        becomes("document.querySelector('ol.events').textContent", "step 5: a loss: worker b:1 lost");
        // the token is not left in the address
        assertThat(browser.value("location.hash")).isEqualTo("#runs");
        assertThat(browser.value("document.querySelector('button.danger').textContent"))
                .isEqualTo("end this run");
        assertThat(browser.errors()).isEmpty();
    }

    @Test
    void ranksAreDrawnWhileTheyWork() throws Exception {
        Config asked = RunFile.resolve("mlp-mnist", List.of("pipeline.ranks=2", "pipeline.micro-batches=4"), Map.of());
        RunPlan plan = BenchSetup.of(asked, 100_000).plan(Start.FRESH);
        Run run = Runs.local(plan, TrainingListener.SILENT, Optional.empty());
        try {
            feed.watch(new LivePipeline(plan, run.observer().orElseThrow()));
            browser.open(server.page());

            becomes("document.querySelectorAll('section svg[role=img] rect.F').length > 10", "true");
            // measured, and simulated
            becomes("document.querySelectorAll('h3').length", "2");
            assertThat(browser.value("document.querySelector('h3 + .scroll svg').textContent"))
                    .contains("0F0");
            String told = "document.querySelector('section table').textContent";
            String before = browser.value(told);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(browser.value(told)).isNotEqualTo(before));
            for (int width : new int[] {1400, 420}) {
                browser.looks(width, 1000, true);
                assertThat(browser.value("document.documentElement.scrollWidth <= " + width))
                        .as("fits into %d", width)
                        .isEqualTo("true");
            }
            assertThat(browser.errors()).isEmpty();
        } finally {
            run.interrupt();
            run.await();
        }
    }

    @Test
    void schedulesAreDrawnBesideEachOther() throws Exception {
        browser.open(server.address() + "#play?schedule=1f1b&beside=zb-v&ranks=4&micro-batches=8");

        becomes("document.querySelectorAll('main section svg[role=img]').length", "2");
        assertThat(browser.value("document.querySelectorAll('main section')[0].querySelectorAll('rect.F').length"))
                .isEqualTo("32");
        for (int width : new int[] {1400, 420}) {
            for (boolean dark : new boolean[] {false, true}) {
                browser.looks(width, 1000, dark);
                assertThat(browser.value("document.documentElement.scrollWidth <= " + width))
                        .as("fits into %d", width)
                        .isEqualTo("true");
            }
        }
        assertThat(browser.errors()).isEmpty();
    }

    @Test
    void aMissingActionIsShownInItsCell() throws Exception {
        String order = URLEncoder.encode("0F0,0I0\n1F0,1I0,1W0\n", StandardCharsets.UTF_8);
        browser.open(server.address() + "#play?schedule=by+hand&order=" + order);

        becomes("document.querySelectorAll('td.wrong').length", "1");
        assertThat(browser.value("document.querySelector('[role=alert]').textContent"))
                .contains("rank 0")
                .contains("W");
    }
}
