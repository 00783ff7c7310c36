/** Runs: a line of actors in this JVM, and the references without actors, whose weights it must equal bit for bit. */
@NullMarked
package millrace.actors.run;

import org.jspecify.annotations.NullMarked;
