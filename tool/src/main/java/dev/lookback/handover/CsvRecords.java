package dev.lookback.handover;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lookback.seal.ExtractVerifier;
import dev.lookback.seal.FlawException;
import dev.lookback.seal.LineFields;
import dev.lookback.seal.Manifest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The records as CSV (RFC 4180: commas, CRLF, a header, UTF-8 without a mark). The columns are the fields that may be
 * there under the terms of the manifest. Text is in quotation marks, a number is not; a cell without anything is a field
 * that is null or not in that record. Text that a spreadsheet could take for a formula is guarded: {@link CsvText}.
 */
final class CsvRecords implements ExtractVerifier.LineReader {
    private static final String ROW_END = "\r\n";

    private final List<String> columns;
    private final List<List<String>> paths;
    private final RowSink rows;

    /** Takes rows, the header first, as bytes with their CRLF. */
    @FunctionalInterface
    interface RowSink {
        void accept(byte[] row) throws IOException, FlawException;
    }

    CsvRecords(Manifest.Disclosed terms, RowSink rows) {
        this.rows = rows;
        columns = columns(terms);
        paths = columns.stream().map(each -> List.of(each.split("\\."))).toList();
    }

    private static List<String> columns(Manifest.Disclosed terms) {
        Set<String> fields = new LinkedHashSet<>(LineFields.of(terms, false, true));
        List<String> columns = new ArrayList<>();
        for (String field : fields) {
            switch (field) {
                case "geo" -> LineFields.ofGeo(true).forEach(each -> columns.add("geo." + each));
                case "source" -> LineFields.ofSource().forEach(each -> columns.add("source." + each));
                case "requesterNormalised" -> {
                    columns.add(field);
                    if (terms.othersPseudonymised()) {
                        columns.add(LineFields.PSEUDONYM);
                    }
                }
                default -> columns.add(field);
            }
        }
        return List.copyOf(columns);
    }

    /** Writes the header. */
    void begin() throws IOException, FlawException {
        emit(String.join(",", columns));
    }

    @Override
    public void read(byte[] line, JsonNode lookup) throws IOException, FlawException {
        StringBuilder row = new StringBuilder();
        for (List<String> path : paths) {
            JsonNode value = lookup;
            for (String field : path) {
                value = value.path(field);
            }
            if (value.isTextual()) {
                row.append(CsvText.cell(value.textValue()));
            } else if (value.isValueNode() && !value.isNull()) {
                row.append(value.asText());
            }
            row.append(',');
        }
        row.setLength(row.length() - 1);
        emit(row.toString());
    }

    private void emit(String row) throws IOException, FlawException {
        rows.accept((row + ROW_END).getBytes(StandardCharsets.UTF_8));
    }
}
