package dev.lookback.casework;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuditDetailTest {
    @Test
    void quotesWhatNeedsIt() {
        assertThat(AuditDetail.of("instrument", "COURT_ORDER", "jurisdiction", "England and Wales", "selectors", 2))
                .isEqualTo("instrument=COURT_ORDER jurisdiction=\"England and Wales\" selectors=2");
        assertThat(AuditDetail.of("a", "", "b", "x=y", "c", "say \"\\\"", "d", "Zürich"))
                .isEqualTo("a=\"\" b=\"x=y\" c=\"say \\\"\\\\\\\"\" d=Zürich");
        assertThat(AuditDetail.of("a", "1\n2\r3\t4", "b", "\u001b[2J\u202e", "c", "\ud800"))
                .isEqualTo("a=\"1\\n2\\r3\\t4\" b=\"\\u001b[2J\\u202e\" c=\"\\ud800\"");
        assertThat(AuditDetail.of()).isEmpty();
    }

    @Test
    void leavesOutWhatIsNotThere() {
        assertThat(AuditDetail.of("a", null, "b", 1)).isEqualTo("b=1");
    }

    @Test
    void readsWhatItWrote() {
        for (long seed = 1; seed <= 2_000; seed++) {
            Random random = new Random(seed);
            Map<String, String> pairs = new LinkedHashMap<>();
            for (int i = random.nextInt(6); i > 0; i--) {
                pairs.put("k" + i, value(random));
            }
            String text = AuditDetail.of(pairs.entrySet().stream()
                    .flatMap(each -> Stream.of(each.getKey(), each.getValue()))
                    .toArray());

            Map<String, String> read = AuditDetail.parse(text);
            assertThat(read).as("seed %d", seed).isEqualTo(pairs);
            assertThat(read.keySet()).as("seed %d", seed).containsExactlyElementsOf(pairs.keySet());
            assertThat(text.chars().noneMatch(Character::isISOControl))
                    .as("one line, seed %d", seed)
                    .isTrue();
            assertThat(new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
                    .as("survives UTF-8, seed %d", seed)
                    .isEqualTo(text);
        }
    }

    private static String value(Random random) {
        StringBuilder value = new StringBuilder();
        for (int i = random.nextInt(8); i > 0; i--) {
            switch (random.nextInt(4)) {
                case 0 -> value.append("=\" \\\n\t\r".charAt(random.nextInt(7)));
                case 1 -> value.append((char) random.nextInt(Character.MAX_VALUE + 1));
                case 2 -> value.appendCodePoint(random.nextInt(Character.MAX_CODE_POINT + 1));
                default -> value.append((char) ('a' + random.nextInt(26)));
            }
        }
        return value.toString();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "=1",
                "a=",
                "a=1 ",
                " a=1",
                "a=1  b=2",
                "a=1 a=2",
                "a=\"1",
                "a=\"1\"b=2",
                "a=\"\\x\"",
                "a=\"\\u12g4\"",
                "a=b=c",
                "a-b=1",
                "a=\\n",
                "+44 7700 900123",
                "a=1\nb=2"
            })
    void refusesAnythingElse(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AuditDetail.parse(text))
                .withMessage("Not key=value pairs");
    }

    @Test
    void refusesKeysThatItCouldNotRead() {
        assertThatIllegalArgumentException().isThrownBy(() -> AuditDetail.of("a"));
        assertThatIllegalArgumentException().isThrownBy(() -> AuditDetail.of("a b", 1));
        assertThatIllegalArgumentException().isThrownBy(() -> AuditDetail.of("", 1));
        assertThatIllegalArgumentException().isThrownBy(() -> AuditDetail.of("a", 1, "a", 2));
    }

    @Test
    void readsWhatWasWrittenBefore() {
        assertThat(AuditDetail.parse("selector=0 role=EITHER token=0123456789abcdef from=2026-02-01T00:00:00.000Z"))
                .containsEntry("token", "0123456789abcdef")
                .containsEntry("from", "2026-02-01T00:00:00.000Z");
        assertThat(AuditDetail.parse("")).isEmpty();
    }
}
