package millrace.app.output;

import java.io.PrintWriter;

/**
 * Standard output and who reads it.
 *
 * @param err standard error, for warnings where nothing but results is told
 */
public record StandardOutput(Audience audience, PrintWriter out, PrintWriter err) {}
