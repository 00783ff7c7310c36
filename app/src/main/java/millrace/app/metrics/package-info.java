/** Figures of runs, ranks and the JVM for who operates them, in the form that Prometheus reads (docs/operating.md). */
@NullMarked
package millrace.app.metrics;

import org.jspecify.annotations.NullMarked;
