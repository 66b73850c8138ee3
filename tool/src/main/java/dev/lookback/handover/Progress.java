package dev.lookback.handover;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lookback.seal.ExtractVerifier.LineReader;
import dev.lookback.seal.FlawException;
import java.io.IOException;
import java.util.function.LongConsumer;

/** Says now and then how many records have been read. */
final class Progress implements LineReader {
    private static final int EVERY_RECORDS = 10_000;

    private final LineReader reader;
    private final LongConsumer progress;
    private long records;

    private Progress(LineReader reader, LongConsumer progress) {
        this.reader = reader;
        this.progress = progress;
    }

    /** The same reader, and somebody who is told. */
    static LineReader through(LineReader reader, LongConsumer progress) {
        return new Progress(reader, progress);
    }

    @Override
    public void read(byte[] line, JsonNode lookup) throws IOException, FlawException {
        reader.read(line, lookup);
        records++;
        if (records % EVERY_RECORDS == 0) {
            progress.accept(records);
        }
    }
}
