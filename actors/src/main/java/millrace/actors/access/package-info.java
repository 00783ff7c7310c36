/**
 * Who may do what: roles that certificates give, signed requests, and the folders that an order may name. Without Akka: what is
 * asked here is decided from bytes and settings alone.
 */
@NullMarked
package millrace.actors.access;

import org.jspecify.annotations.NullMarked;
