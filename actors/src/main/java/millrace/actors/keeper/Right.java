package millrace.actors.keeper;

/**
 * The right to write a run, as long as no later run epoch has begun.
 *
 * @param run its name
 * @param promise of the run epoch, to this coordinator
 * @param electors a majority of whom has promised it
 */
public record Right(String run, Promise promise, Electors electors) {}
