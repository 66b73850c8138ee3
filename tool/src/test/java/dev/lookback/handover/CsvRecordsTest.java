package dev.lookback.handover;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lookback.seal.FlawException;
import dev.lookback.seal.Manifest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CsvRecordsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A reader of RFC 4180 that knows nothing of the writer: rows of cells, a quoted one with its marks. */
    private static List<List<String>> read(String csv) {
        List<List<String>> rows = new ArrayList<>();
        List<String> row = new ArrayList<>();
        int at = 0;
        while (at < csv.length()) {
            StringBuilder cell = new StringBuilder();
            if (csv.charAt(at) == '"') {
                cell.append(csv.charAt(at++));
                while (csv.charAt(at) != '"' || (at + 1 < csv.length() && csv.charAt(at + 1) == '"')) {
                    at += csv.charAt(at) == '"' ? 1 : 0;
                    cell.append(csv.charAt(at++));
                }
                cell.append(csv.charAt(at++));
            } else {
                while (csv.charAt(at) != ',' && csv.charAt(at) != '\r') {
                    cell.append(csv.charAt(at++));
                }
            }
            row.add(cell.toString());
            if (csv.charAt(at) == ',') {
                at++;
            } else {
                assertThat(csv.substring(at)).startsWith("\r\n");
                at += 2;
                rows.add(row);
                row = new ArrayList<>();
            }
        }
        return rows;
    }

    /** What VERIFY.md says about having the exact text back. */
    private static String text(String cell) {
        String inner = cell.substring(1, cell.length() - 1);
        return inner.startsWith("'") ? inner.substring(1) : inner;
    }

    private static String csv(Manifest.Disclosed terms, String... lines) throws IOException, FlawException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        CsvRecords csv = new CsvRecords(terms, out::write);
        csv.begin();
        for (String line : lines) {
            csv.read(line.getBytes(StandardCharsets.UTF_8), JSON.readTree(line));
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "=1+1",
                "+4915112345678",
                "-2",
                "@SUM(A1)",
                "\t=1",
                "\r=1",
                "\n=1",
                "'=1",
                "''",
                "\uff1d1",
                "\uff0b1",
                "\uff0d1",
                "\uff201",
                "=cmd|' /C calc'!A0",
                "+49 151 (12)"
            })
    void nothingBeginsAFormula(String text) {
        assertThat(CsvText.cell(text)).startsWith("\"'");
        assertThat(text(CsvText.cell(text).replace("\"\"", "\""))).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "bob@example.org", "a=1", "a\"b", "a,b", "a\r\nb", "用户", "O'Brien"})
    void otherTextIsAsItIs(String text) {
        assertThat(CsvText.cell(text)).isEqualTo('"' + text.replace("\"", "\"\"") + '"');
    }

    @Test
    void anyTextComesBackExactly() {
        SplittableRandom random = new SplittableRandom(4180);
        String alphabet = "=+-@\t\r\n',\"; aé用";
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(6); length > 0; length--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            String cell = CsvText.cell(text.toString());
            List<List<String>> rows = read(cell + "," + cell + "\r\n");
            assertThat(rows).hasSize(1);
            assertThat(rows.get(0))
                    .hasSize(2)
                    .allSatisfy(each -> assertThat(text(each)).isEqualTo(text.toString()));
            assertThat("=+-@\t\r\n").doesNotContain(cell.substring(1, 2));
        }
    }

    @Test
    void rowsHoldWhatTheRecordsHold(@TempDir Path folder) throws IOException, FlawException {
        SampleExtract.of(9).about("=a,\"b\"", "+4915187654321", "\n'x").write(folder);
        List<List<String>> rows = read(Files.readString(FolderFile.CSV.in(folder)));
        List<String> lines = Files.readAllLines(FolderFile.RECORDS.in(folder));
        List<String> header = rows.get(0);

        assertThat(rows).hasSize(lines.size() + 1);
        for (int i = 0; i < lines.size(); i++) {
            JsonNode lookup = JSON.readTree(lines.get(i));
            for (int column = 0; column < header.size(); column++) {
                JsonNode value = lookup.at("/" + header.get(column).replace('.', '/'));
                String cell = rows.get(i + 1).get(column);
                if (value.isTextual()) {
                    assertThat(text(cell)).isEqualTo(value.textValue());
                } else if (value.isNull()) {
                    assertThat(cell).isEmpty();
                } else {
                    assertThat(value.isNumber()).isTrue();
                    assertThat(cell).isEqualTo(value.asText());
                }
            }
        }
    }

    @Test
    void columnsAreWhatMayBeShown() throws IOException, FlawException {
        assertThat(csv(new Manifest.Disclosed(false, false, false, true)))
                .isEqualTo("occurredAt,utcOffsetMinutes,eventId,requester,requesterNormalised,requesterPseudonym,"
                        + "queried,queriedNormalised,queriedKind,outcome,service,trigger,receivedAt,"
                        + "source.partition,source.offset\r\n");
        assertThat(csv(new Manifest.Disclosed(true, true, true, false)))
                .contains(",deviceId,sourceIp,sourcePort,geo.status,geo.country,")
                .doesNotContain("Pseudonym");
        assertThat(csv(new Manifest.Disclosed(false, false, false, true), "{\"requesterPseudonym\":\"p\"}"))
                .endsWith("\r\n,,,,,\"p\",,,,,,,,,\r\n");
    }
}
