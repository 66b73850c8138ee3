package dev.lookback.casework;

import static dev.lookback.casework.CaseworkFixture.ALICE;
import static dev.lookback.casework.CaseworkFixture.INTAKE_KEY;
import static dev.lookback.casework.CaseworkFixture.START;
import static dev.lookback.casework.CaseworkFixture.asRequester;
import static dev.lookback.casework.CaseworkFixture.lookup;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.lookback.topics.Topic;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.LegalRequestCommand;
import dev.lookback.v1.SignedCommand;
import dev.lookback.v1.Tick;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What nobody should write to legal-requests: by strangers, who can sign nothing, and by an officer of intake, who can
 * sign anything. {@code -Dtest.jvm.args="-Dhostile.commands=N -Dhostile.seed=S"} draws N from seed S.
 */
class HostileCommandsTest {
    private static final int COMMANDS = 3_000;
    private static final int DEEP = 3_000;

    /** JSON, to stand where a field has its value. */
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "0",
            "-1",
            "1e999",
            "9223372036854775808",
            "1e-400",
            "\"\"",
            "\" \"",
            "\"\\u0000\"",
            "\"\\u202e\\u200b\"",
            "\"\\ud800\"",
            "[]",
            "{}",
            "[[],{}]",
            "\"+0000-00-00T00:00:00Z\"",
            "\"-999999999-01-01T00:00:00Z\"",
            "\"+999999999-12-31T23:59:59.999999999Z\"",
            "\"2026-02-30T00:00:00Z\"",
            "\"00000000-0000-0000-0000-000000000000\"",
            "\"SUBPOENA\"",
            "\"STANDING_ORDER\"",
            "\"EMERGENCY_REQUEST\"",
            "\"PRESERVATION_REQUEST\"",
            "\"EITHER\"",
            "\"SOURCE\"",
            "\"0.0.0.0/0\"",
            "\"::/0\"",
            "\"192.0.2.0/99\"",
            "\"../../../../etc/passwd\"",
            "\"=1+1\"",
            "\"" + "9".repeat(5_000) + "\"",
            "\"" + "\\u0041".repeat(4_000) + "\"",
            "[".repeat(DEEP) + "]".repeat(DEEP),
            "{\"a\":".repeat(DEEP) + "1" + "}".repeat(DEEP));

    private static final List<String> HEADERS = List.of(
            "{}",
            "{\"alg\":\"none\",\"kid\":\"intake\"}",
            "{\"alg\":\"HS256\",\"kid\":\"intake\"}",
            "{\"alg\":\"EdDSA\",\"kid\":7}",
            "{\"alg\":\"EdDSA\",\"kid\":\"intake\",\"crit\":[\"b64\"],\"b64\":false}",
            "{\"alg\":\"EdDSA\",\"kid\":\"intake\",\"crit\":\"b64\"}",
            "{\"alg\":\"EdDSA\",\"kid\":\"intake\",\"kid\":\"approver\"}",
            "{\"alg\":\"EdDSA\",\"kid\":\"\\u0000\"}",
            "{\"alg\":\"EdDSA\",\"kid\":\"intake\",\"x5u\":\"http://192.0.2.1/\",\"jku\":\"http://192.0.2.1/\"}",
            "{\"alg\":\"EdDSA\",\"kid\":" + "[".repeat(DEEP) + "]".repeat(DEEP) + "}",
            "\ufeff{\"alg\":\"EdDSA\"}",
            "[]",
            "null");

    @TempDir
    private Path state;

    private final long seed = Long.getLong("hostile.seed", 5);
    private final Random random = new Random(seed);
    private CaseworkFixture casework;

    @BeforeEach
    void open() {
        casework = new CaseworkFixture(state);
    }

    @AfterEach
    void close() {
        casework.close();
    }

    @Test
    void noneStopsCaseworkOrIsDisclosedUpon() {
        int count = Integer.getInteger("hostile.commands", COMMANDS);
        for (int i = 0; i < count; i++) {
            if (random.nextInt(20) == 0) {
                casework.requestId = new UUID(41, i);
            }
            casework.write(key(), value());
            if (random.nextInt(40) == 0) {
                casework.tick(1);
                casework.work();
            }
        }
        assertThat(casework.extracts)
                .as("seed %d: nobody has approved anything", seed)
                .isEmpty();
        assertThat(AuditChain.verify(casework.audit)).as("seed %d", seed).isNull();
        assertThat(casework.audit.stream().filter(each -> each.getAction().equals("REFUSED")))
                .as("seed %d: refusals are on record", seed)
                .hasSizeGreaterThan(count / 4);
        assertThat(casework.audit)
                .as("seed %d: no handle is", seed)
                .noneMatch(each -> each.getDetail().contains(ALICE.substring(1)));
        assertThat(casework.statuses.stream().filter(each -> each.getState() == CaseState.INVALID))
                .as("seed %d: what an officer has got wrong can be corrected", seed)
                .hasSizeGreaterThan(count / 100);
        aGoodOneIsAnswered();
    }

    private void aGoodOneIsAnswered() {
        casework.requestId = new UUID(43, 43);
        String submit = casework.submitForAlice();
        casework.tick(1);
        casework.search(0, lookup(1, START.minusSeconds(60), ALICE, "+4915187654321"));
        casework.approve(submit);
        casework.work();
        assertThat(casework.state()).as("seed %d: a good one afterwards", seed).isEqualTo(CaseState.SEALED);
    }

    private String key() {
        return switch (random.nextInt(12)) {
            case 0 -> null;
            case 1 -> "";
            case 2 -> "tick";
            case 3 -> "k".repeat(random.nextInt(100_000));
            case 4 -> new UUID(1, random.nextInt(3)).toString();
            case 5 -> "\u0000\u202e";
            default -> casework.requestId.toString();
        };
    }

    private byte[] value() {
        return switch (random.nextInt(10)) {
            case 0 -> damaged(encoded(new LegalRequestCommand(new SignedCommand(sound()))));
            case 1 -> damaged(encoded(new LegalRequestCommand(new Tick(List.of(1L), List.of(4L), "ticker", 1L, 0L))));
            case 2 -> random.nextBoolean() ? null : damaged(new byte[random.nextInt(40)]);
            case 3 -> signed(withOtherHeader(sound()));
            case 4 ->
                signed(new String(damaged(sound().getBytes(StandardCharsets.US_ASCII)), StandardCharsets.ISO_8859_1));
            case 5 -> signed("e30.".repeat(random.nextInt(5_000)));
            default -> signed(odd());
        };
    }

    private byte[] signed(String jws) {
        return encoded(new LegalRequestCommand(new SignedCommand(jws)));
    }

    private byte[] encoded(LegalRequestCommand command) {
        Topic<String, LegalRequestCommand> topic = casework.topics.legalRequests();
        return topic.value().serializer().serialize(topic.name(), command);
    }

    private String sound() {
        return CommandCodec.sign(command(), "intake", INTAKE_KEY.getPrivate());
    }

    private Command command() {
        return switch (random.nextInt(6)) {
            case 0 -> new Command.Approve(casework.requestId, casework.nextCommandId(), casework.now, "ab".repeat(32));
            case 1 -> new Command.Withdraw(casework.requestId, casework.nextCommandId(), casework.now);
            case 2 -> new Command.Renew(casework.requestId, casework.nextCommandId(), casework.now);
            case 3 -> new Command.Close(casework.requestId, casework.nextCommandId(), casework.now);
            default -> casework.submit(asRequester(ALICE));
        };
    }

    /** Signed as it should be by an officer of intake, with something in it that should not. */
    private String odd() {
        ObjectNode json = CommandCodec.write(command());
        List<Runnable> changes = new ArrayList<>();
        places(json, changes);
        changes.get(random.nextInt(changes.size())).run();
        String text = json.toString().replace("\"" + MARK + "\"", VALUES.get(random.nextInt(VALUES.size())));
        if (random.nextInt(10) == 0) {
            text = text.substring(0, random.nextInt(text.length()));
        } else if (random.nextInt(10) == 0) {
            text = text + text;
        }
        return SignedByHand.payload(text);
    }

    private static final String MARK = "the value goes here";

    /** For each value anywhere in a text of JSON: putting a mark in its place, taking it away, or adding one beside it. */
    private static void places(JsonNode node, List<Runnable> changes) {
        if (node instanceof ObjectNode object) {
            for (Iterator<String> names = object.fieldNames(); names.hasNext(); ) {
                String name = names.next();
                changes.add(() -> object.put(name, MARK));
                changes.add(() -> object.remove(name));
                changes.add(() -> object.put(name + "\u200b", MARK));
                places(object.get(name), changes);
            }
        } else if (node instanceof ArrayNode array) {
            changes.add(() -> array.add(MARK));
            changes.add(() -> {
                for (int i = 0; i < 2_000; i++) {
                    array.add(
                            array.isEmpty()
                                    ? TextNode.valueOf(MARK)
                                    : array.get(0).deepCopy());
                }
            });
            for (int i = 0; i < array.size(); i++) {
                int index = i;
                changes.add(() -> array.set(index, MARK));
                places(array.get(i), changes);
            }
        }
    }

    private String withOtherHeader(String jws) {
        String header = HEADERS.get(random.nextInt(HEADERS.size()));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(header.getBytes(StandardCharsets.UTF_8))
                + jws.substring(jws.indexOf('.'));
    }

    private byte[] damaged(byte[] good) {
        byte[] bytes = random.nextInt(4) == 0 ? Arrays.copyOf(good, random.nextInt(good.length + 10)) : good.clone();
        for (int i = random.nextInt(4); i >= 0 && bytes.length > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return bytes;
    }
}
