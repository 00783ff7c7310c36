/** Programs that measure parts of Millrace. Never part of the test suite. */
@NullMarked
package millrace.bench;

import org.jspecify.annotations.NullMarked;
