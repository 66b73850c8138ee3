package dev.lookback.vault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.topics.Topics;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.GeoStatus;
import dev.lookback.v1.HandleKind;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.Search;
import dev.lookback.v1.SelectorRole;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MentionTest {
    private static final Topics TOPICS = new Topics("", Map.of("schema.registry.url", "mock://mention"));

    /** Whatever the lookup: if a search would take it, its bytes mention what is searched for. */
    @Test
    void everyRowThatASearchIsAfterMentionsItsHandle() {
        Random random = new Random(7);
        List<String> handles = List.of(
                "+15550100001",
                "+155501000012",
                "a@b.example",
                "жук@пример.рф",
                "x".repeat(200) + "@example.org",
                "odd thing",
                "😀");
        for (int i = 0; i < 2_000; i++) {
            String requester = handles.get(random.nextInt(5));
            String queried = handles.get(random.nextInt(handles.size()));
            byte[] value = value(requester, queried);
            for (String handle : handles) {
                boolean wanted = handle.equals(requester) || handle.equals(queried);
                assertThat(Mention.of(handle).isIn(value))
                        .as("%d: %s in %s, %s", i, handle, requester, queried)
                        .isEqualTo(wanted);
            }
        }
    }

    @Test
    void whatIsLongerOrShorterIsNoMention() {
        byte[] value = value("+15550100001", "+447700900001");
        assertThat(Mention.of("+1555010000").isIn(value)).isFalse();
        assertThat(Mention.of("+155501000011").isIn(value)).isFalse();
        assertThat(Mention.of("+15550100001").isIn(new byte[3])).isFalse();
        assertThat(Mention.of("+15550100001").isIn(new byte[0])).isFalse();
    }

    /** Few different bytes, so that a text often begins where it does not go on; as one who looks at every place says. */
    @Test
    void itIsFoundWhereverItStands() {
        Random random = new Random(11);
        int found = 0;
        for (int i = 0; i < 20_000; i++) {
            String handle = letters(random, 1 + random.nextInt(6));
            String value = letters(random, random.nextInt(40));
            String sought = (char) (2 * handle.length()) + handle; // Avro's length is a zigzag integer
            byte[] bytes = random.nextBoolean()
                    ? value.getBytes(StandardCharsets.US_ASCII)
                    : new StringBuilder(value)
                            .insert(random.nextInt(value.length() + 1), sought)
                            .toString()
                            .getBytes(StandardCharsets.US_ASCII);
            boolean there = new String(bytes, StandardCharsets.US_ASCII).contains(sought);
            found += there ? 1 : 0;
            assertThat(Mention.of(handle).isIn(bytes)).as("%d", i).isEqualTo(there);
        }
        assertThat(found).isBetween(5_000, 15_000);
    }

    /** Of a, b and the lengths of such texts. */
    private static String letters(Random random, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(
                    random.nextInt(4) == 0 ? (char) (2 * (1 + random.nextInt(6))) : (char) ('a' + random.nextInt(2)));
        }
        return text.toString();
    }

    @Test
    void anAddressIsNotToldFromTheBytes() {
        Search search = new Search(
                "",
                0,
                SelectorRole.SOURCE,
                "192.0.2.0/24",
                Instant.EPOCH,
                Instant.EPOCH,
                Instant.EPOCH,
                List.of(),
                0,
                false);
        assertThat(Mention.of(search)).isNull();
    }

    private static byte[] value(String requester, String queried) {
        EnrichedLookup lookup = EnrichedLookup.newBuilder()
                .setEvent(LookupEvent.newBuilder()
                        .setEventId(new UUID(1, 2).toString())
                        .setOccurredAt(Instant.EPOCH)
                        .setRequester("as " + requester)
                        .setQueried("as " + queried)
                        .setSourceIp("192.0.2.7")
                        .build())
                .setRequesterNormalised(requester)
                .setQueriedNormalised(queried)
                .setQueriedKind(HandleKind.OTHER)
                .setGeoStatus(GeoStatus.NOT_FOUND)
                .setReceivedAt(Instant.EPOCH)
                .setSourcePartition(0)
                .setSourceOffset(0)
                .build();
        return TOPICS.ledger("default").value().serializer().serialize("ledger", lookup);
    }
}
