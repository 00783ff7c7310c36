/** The program: its entry point, and what is common to all commands. */
@NullMarked
package millrace.app;

import org.jspecify.annotations.NullMarked;
