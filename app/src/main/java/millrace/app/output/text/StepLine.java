package millrace.app.output.text;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import me.tongfei.progressbar.ProgressBarRenderer;
import me.tongfei.progressbar.ProgressState;

/**
 * What a bar's line says, as much as the terminal has room for. Loss and share come first and stay longest; in a narrow terminal the
 * speed is left out, then the times, the bar, and the number of steps.
 */
final class StepLine implements ProgressBarRenderer {
    private static final int LONG_BAR = 8;
    private static final int SHORT_BAR = 5;

    /**
     * How far an epoch has come.
     *
     * @param name of the epoch
     * @param loss in words; empty before there is one
     * @param done steps
     * @param total steps of the epoch
     */
    record Progress(String name, String loss, long done, long total, Duration elapsed) {}

    @Override
    public String render(ProgressState state, int columns) {
        return words(
                new Progress(
                        state.getTaskName(),
                        state.getExtraMessage().strip(),
                        state.getCurrent(),
                        state.getMax(),
                        state.getTotalElapsed()),
                columns);
    }

    /** The line, {@code columns} long at most. */
    static String words(Progress progress, int columns) {
        String share = String.format(
                Locale.ROOT, "%3d%%", progress.total() > 0 ? 100 * progress.done() / progress.total() : 0);
        String name = progress.name();
        String front = joined(name, share, progress.loss());
        String steps = steps(progress);
        String elapsed = clock(progress.elapsed());
        String times = "(" + elapsed + " / " + remaining(progress) + ")";
        for (String behind : List.of(
                joined(steps, times, speed(progress)), joined(steps, times), joined(steps, "(" + elapsed + ")"))) {
            if (room(front, behind, columns) >= LONG_BAR) {
                return withBar(front, behind, progress, columns);
            }
        }
        if (room(front, steps, columns) >= SHORT_BAR) {
            return withBar(front, steps, progress, columns);
        }
        for (String shorter : List.of(joined(front, steps), front, joined(name, progress.loss()))) {
            if (shorter.length() <= columns) {
                return shorter;
            }
        }
        String least = progress.loss().isEmpty() ? name : progress.loss();
        return least.substring(0, Math.clamp(columns, 0, least.length()));
    }

    /** What is left for a bar between two texts, brackets included. */
    private static int room(String front, String behind, int columns) {
        return columns - front.length() - behind.length() - 2;
    }

    private static String withBar(String front, String behind, Progress progress, int columns) {
        int inside = room(front, behind, columns) - 2;
        int full = progress.total() > 0 ? (int) (inside * progress.done() / progress.total()) : 0;
        String bar = "=".repeat(full) + (full < inside ? ">" + " ".repeat(inside - full - 1) : "");
        return joined(front, "[" + bar + "]", behind);
    }

    /** As wide at the first step as at the last. */
    private static String steps(Progress progress) {
        String total = Long.toString(progress.total());
        return String.format(Locale.ROOT, "%" + total.length() + "d/%s", progress.done(), total);
    }

    private static String remaining(Progress progress) {
        return progress.done() == 0
                ? "?"
                : clock(progress.elapsed()
                        .multipliedBy(progress.total() - progress.done())
                        .dividedBy(progress.done()));
    }

    private static String speed(Progress progress) {
        double seconds = progress.elapsed().toNanos() / 1e9;
        return seconds > 0 ? String.format(Locale.ROOT, "(%.1f steps/s)", progress.done() / seconds) : "";
    }

    private static String clock(Duration time) {
        return String.format(Locale.ROOT, "%d:%02d:%02d", time.toHours(), time.toMinutesPart(), time.toSecondsPart());
    }

    private static String joined(String... parts) {
        return List.of(parts).stream().filter(part -> !part.isEmpty()).collect(Collectors.joining(" "));
    }
}
