package millrace.app.picture;

/** Time from 0 to an end, laid from left to right. */
record TimeAxis(double left, double right, double end) {
    double x(double time) {
        return end > 0 ? left + time / end * (right - left) : left;
    }

    /**
     * @param room that a tick's label needs
     */
    Ticks ticks(double room) {
        return Ticks.between(0, end, Math.max(1, (int) ((right - left) / room)));
    }
}
