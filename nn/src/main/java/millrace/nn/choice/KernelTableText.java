package millrace.nn.choice;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the text of a {@link KernelTable}. */
final class KernelTableText {
    private static final String TIME = "(\\d{1,12}\\.\\d\\d)";
    private static final String FORMS = TIME + " " + TIME + " " + TIME + " " + TIME;
    private static final Pattern LINE = Pattern.compile(
            "(\\d{1,9}) x (\\d{1,9}), (\\d{1,9}) rows, (padded|close): " + FORMS + "; " + FORMS + "; " + TIME);

    private KernelTableText() {}

    static KernelTable parse(String text) {
        List<String> lines = text.lines().filter(line -> !line.startsWith("#")).toList();
        if (lines.size() < 3) {
            throw new IllegalArgumentException("lines: " + lines.size()
                    + " (expected: processor, instructions and library, then a line for each product)");
        }
        KernelTable table = KernelTable.of(new Processor(
                value(lines.get(0), "processor: "),
                value(lines.get(1), "instructions: "),
                value(lines.get(2), "library: ")));
        for (String line : lines.subList(3, lines.size())) {
            table = added(table, line);
        }
        return table;
    }

    private static String value(String line, String name) {
        if (!line.startsWith(name)) {
            throw problem(line, name + "...");
        }
        return line.substring(name.length());
    }

    private static KernelTable added(KernelTable table, String line) {
        Matcher matcher = LINE.matcher(line);
        if (!matcher.matches()) {
            throw problem(
                    line,
                    "as in \"1024 x 1024, 32 rows, padded: 640.25 550.50 430.75 460.00; 430.25 660.50 425.00 480.75; 550.50\"");
        }
        KernelTable.Size size = new KernelTable.Size(
                Integer.parseInt(matcher.group(1)),
                Integer.parseInt(matcher.group(2)),
                Integer.parseInt(matcher.group(3)),
                matcher.group(4).equals("padded"));
        if (table.of(size).isPresent()) {
            throw problem(line, "each product once");
        }
        return table.with(size, new ProductTimes(forms(matcher, 5), forms(matcher, 9), time(matcher, 13)));
    }

    private static ProductTimes.OfForms forms(Matcher matcher, int first) {
        return new ProductTimes.OfForms(
                time(matcher, first), time(matcher, first + 1), time(matcher, first + 2), time(matcher, first + 3));
    }

    private static double time(Matcher matcher, int group) {
        return Double.parseDouble(matcher.group(group));
    }

    /** What came from a file: short, and on one line. */
    private static IllegalArgumentException problem(String line, String expected) {
        String shown = line.replaceAll("\\P{Print}", "?");
        return new IllegalArgumentException("line \"" + (shown.length() > 80 ? shown.substring(0, 80) + "..." : shown)
                + "\" (expected: " + expected + ")");
    }
}
