/** The commands of the command line, one class each. */
@NullMarked
package millrace.app.command;

import org.jspecify.annotations.NullMarked;
