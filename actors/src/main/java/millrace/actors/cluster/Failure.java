package millrace.actors.cluster;

/**
 * Why something could not be done.
 *
 * @param reason for people
 * @param badInput whether settings or files are wrong, so that it would not help to try again
 */
record Failure(String reason, boolean badInput) {
    static Failure of(Throwable cause) {
        String reason = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        return new Failure(reason, cause instanceof IllegalArgumentException);
    }
}
