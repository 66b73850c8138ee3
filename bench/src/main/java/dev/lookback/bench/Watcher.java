package dev.lookback.bench;

/** Hears how a measurement goes on. */
public interface Watcher {
    /** How far it has got; often, and each line replaces the one before. */
    void progress(String line);

    /** Something that is worth a line of its own. */
    void note(String line);

    /** Does not look. */
    Watcher SILENT = new Watcher() {
        @Override
        public void progress(String line) {}

        @Override
        public void note(String line) {}
    };
}
