package dev.lookback.peers;

import dev.lookback.bench.MeasuredProcess;
import java.io.IOException;
import java.nio.file.Path;

/** The process in which a job on Flink is measured. */
public final class FlinkProcess {
    private FlinkProcess() {}

    /** The argument names the assignment's file. */
    public static void main(String[] args) throws IOException {
        MeasuredProcess.run(Path.of(args[0]), FlinkJob::new);
        // Flink leaves threads behind that are no daemons.
        System.exit(0);
    }
}
