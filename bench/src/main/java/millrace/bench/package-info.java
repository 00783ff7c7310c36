/** Measurements: programs that compare and JMH benchmarks of the parts. Never part of the test suite. */
@NullMarked
package millrace.bench;

import org.jspecify.annotations.NullMarked;
