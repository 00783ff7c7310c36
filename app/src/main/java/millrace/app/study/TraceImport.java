package millrace.app.study;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import millrace.app.config.ProfileFile;
import millrace.schedule.Action.Kind;
import millrace.schedule.Costs.Link;
import millrace.schedule.auto.LayerProfile;
import millrace.schedule.auto.LayerProfile.Size;
import millrace.schedule.auto.NetworkProfile;

/**
 * A profile from traces of a pipeline that was trained elsewhere, in the Trace Event Format of chrome://tracing: torch's profiler
 * writes it, and so does Millrace. Each stage of the trace is a layer of the profile. An event counts whose name is that of an
 * action, {@code 2F0} or {@code PP:2F0} as torch.distributed.pipelining writes it; or another that a pattern finds.
 *
 * <p>Where torch has traced a GPU, each range that the program has marked is there twice: as the host saw it, which only put work
 * into a queue, and as the device worked it off ({@code gpu_user_annotation}). Then the device's counts.
 *
 * <p>What a stage does at the beginning, and what waits for a message while it is under way, takes longer than the work does: of
 * the times of one kind of action the one is taken that a quarter of them do not exceed.
 */
public final class TraceImport {
    /** Names of actions, with the groups that any such pattern needs: {@code stage}, and {@code kind}, one of F, B, I, W. */
    public static final Pattern ACTIONS = Pattern.compile("(?:PP:)?(?<stage>\\d{1,6})(?<kind>[FBIWR])\\d+");

    private static final String ON_DEVICE = "gpu_user_annotation";

    private static final double MICROS = 1e-6;

    private final Pattern names;
    private final SortedMap<Integer, Map<Kind, List<Double>>> onHost = new TreeMap<>();
    private final SortedMap<Integer, Map<Kind, List<Double>>> onDevice = new TreeMap<>();

    private TraceImport(Pattern names) {
        this.names = names;
    }

    /**
     * Reads traces of one run, one of each process or one of all.
     *
     * @param files JSON, compressed by gzip or not
     * @param samples of a micro-batch of that run
     * @param names finds the actions
     * @throws IllegalArgumentException when a file cannot be read, or a stage has no forward or no backward
     */
    public static ProfileFile read(List<Path> files, int samples, Pattern names) {
        for (String group : List.of("stage", "kind")) {
            if (!names.namedGroups().containsKey(group)) {
                throw new IllegalArgumentException("--events: " + names + " (expected: a pattern with the groups"
                        + " (?<stage>...), a number, and (?<kind>...), one of F, B, I, W)");
            }
        }
        TraceImport trace = new TraceImport(names);
        files.forEach(trace::add);
        return trace.profile(samples);
    }

    private void add(Path file) {
        try (InputStream in = uncompressed(file);
                JsonParser json = new JsonFactory().createParser(in)) {
            while (json.nextToken() != null) {
                if (json.currentToken() == JsonToken.START_OBJECT && isEvent(json)) {
                    event(json);
                }
            }
        } catch (JsonParseException e) {
            throw new IllegalArgumentException(
                    "--import: " + file + ": " + e.getOriginalMessage()
                            + " (expected: JSON, a trace of Chrome's format)",
                    e);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "--import: " + file + " (expected: a trace that can be read, .json or .json.gz)", e);
        }
    }

    private static InputStream uncompressed(Path file) throws IOException {
        InputStream in = new BufferedInputStream(Files.newInputStream(file));
        return file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in;
    }

    /** The object around the list is none, nor is what an event has as its arguments. */
    private static boolean isEvent(JsonParser json) {
        return json.getParsingContext().getParent() != null
                && json.getParsingContext().getParent().inArray();
    }

    private void event(JsonParser json) throws IOException {
        String name = "";
        String phase = "";
        String category = "";
        double duration = Double.NaN;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "name" -> name = text(json, value);
                case "ph" -> phase = text(json, value);
                case "cat" -> category = text(json, value);
                case "dur" -> {
                    if (value.isNumeric()) {
                        duration = json.getDoubleValue();
                    } else {
                        json.skipChildren();
                    }
                }
                default -> json.skipChildren();
            }
        }
        Matcher matcher = names.matcher(name);
        if (phase.equals("X") && duration >= 0 && matcher.matches()) {
            Optional<Kind> kind = kind(matcher.group("kind"));
            if (kind.isPresent()) {
                (category.equals(ON_DEVICE) ? onDevice : onHost)
                        .computeIfAbsent(stage(matcher), _ -> new EnumMap<>(Kind.class))
                        .computeIfAbsent(kind.get(), _ -> new ArrayList<>())
                        .add(duration * MICROS);
            }
        }
    }

    private static String text(JsonParser json, JsonToken value) throws IOException {
        if (value == JsonToken.VALUE_STRING) {
            return json.getText();
        }
        json.skipChildren();
        return "";
    }

    private int stage(Matcher matcher) {
        String stage = matcher.group("stage");
        if (stage == null || !stage.matches("\\d{1,6}")) {
            throw new IllegalArgumentException("--events: stage " + stage + " in " + matcher.group()
                    + " (expected: a number, of the group (?<stage>...))");
        }
        return Integer.parseInt(stage);
    }

    private static Optional<Kind> kind(String letter) {
        return Arrays.stream(Kind.values())
                .filter(kind -> kind.name().equals(letter))
                .findFirst();
    }

    private ProfileFile profile(int samples) {
        SortedMap<Integer, Map<Kind, List<Double>>> seconds = onDevice.isEmpty() ? onHost : onDevice;
        if (seconds.isEmpty()) {
            throw new IllegalArgumentException(
                    "--import: no event has the name of an action (expected: names that match " + names
                            + "); set --events to a pattern for the names in the trace");
        }
        List<LayerProfile> layers = new ArrayList<>();
        for (int stage = 0; stage <= seconds.lastKey(); stage++) {
            Map<Kind, List<Double>> times = seconds.getOrDefault(stage, Map.of());
            Optional<Double> forward = quarter(times, Kind.F);
            Optional<Double> full = quarter(times, Kind.B);
            Optional<Double> input = quarter(times, Kind.I);
            Optional<Double> weight = quarter(times, Kind.W);
            boolean split = input.isPresent() && weight.isPresent();
            if (forward.isEmpty() || (full.isEmpty() && !split)) {
                throw new IllegalArgumentException("--import: stage " + stage + " has "
                        + (times.isEmpty() ? "no events" : "events of " + times.keySet())
                        + " (expected: F and B, or F, I and W, of each stage from 0 to " + seconds.lastKey()
                        + "); name the traces of all processes");
            }
            // halves, where nobody has measured them apart
            double whole = full.orElseGet(() -> input.orElseThrow() + weight.orElseThrow());
            layers.add(new LayerProfile(
                    "stage " + stage,
                    0,
                    List.of(new Size(
                            samples,
                            forward.get(),
                            whole,
                            split ? input.get() : whole / 2,
                            split ? weight.get() : whole / 2,
                            0,
                            0,
                            0,
                            0,
                            0,
                            0))));
        }
        return new ProfileFile(new NetworkProfile(layers, Link.FREE, Map.of(), List.of(), 0, 0), Optional.empty());
    }

    private static Optional<Double> quarter(Map<Kind, List<Double>> times, Kind kind) {
        List<Double> sorted =
                times.getOrDefault(kind, List.of()).stream().sorted().toList();
        return sorted.isEmpty() ? Optional.empty() : Optional.of(sorted.get((sorted.size() - 1) / 4));
    }
}
