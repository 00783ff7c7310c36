/** The results of the commands about schedules: simulations, and comparisons of simulations with measured runs. */
@NullMarked
package millrace.app.study;

import org.jspecify.annotations.NullMarked;
