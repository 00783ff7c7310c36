package millrace.app.output;

import java.io.PrintWriter;

/** Standard output and who reads it. */
public record StandardOutput(Audience audience, PrintWriter out) {}
