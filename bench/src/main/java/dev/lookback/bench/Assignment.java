package dev.lookback.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a measured process is to do, as a file.
 *
 * @param job what to run
 * @param config properties file of the stack
 * @param settings win over it
 * @param directory where results go
 * @param startedAt when the process was started, milliseconds since the epoch: the clock runs from here
 * @param brokerPid process id of the broker, whose CPU time is counted, too
 * @param events how many records {@code lookup-events} holds
 */
record Assignment(
        Job job,
        String config,
        Map<String, String> settings,
        String directory,
        long startedAt,
        long brokerPid,
        long events) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Text: how many records have been through so far. */
    static final String PROGRESS_FILE = "progress";

    /** JSON: a {@link Finish}. */
    static final String FINISH_FILE = "finish.json";

    void write(Path file) throws IOException {
        JSON.writeValue(file.toFile(), this);
    }

    static Assignment read(Path file) throws IOException {
        return JSON.readValue(file.toFile(), Assignment.class);
    }

    void report(Finish finish) throws IOException {
        JSON.writeValue(Path.of(directory, FINISH_FILE).toFile(), finish);
    }

    static Finish finish(Path directory) throws IOException {
        return JSON.readValue(directory.resolve(FINISH_FILE).toFile(), Finish.class);
    }
}
