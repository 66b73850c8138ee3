package dev.lookback.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lookback.casework.Command;
import dev.lookback.custody.KeyCustody;
import dev.lookback.custody.KeystoreCustody;
import dev.lookback.custody.LookupCipher;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.local.LocalStack;
import dev.lookback.topics.Topic;
import dev.lookback.v1.CaseState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.Serdes;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Cryptographic erase on a real broker, with two processes that share one file of keys: what is retained is encrypted and
 * searched all the same, through a kill -9; and a copy of the ledger that somebody took, and that nobody can delete,
 * cannot be read any more once the keys are destroyed. With a copy of the keys it can: that the copy is one, and that the
 * keys must not be backed up.
 */
@Tag("server")
class CustodyTest extends RealCluster {
    private static final Duration KEPT = Duration.ofSeconds(15);
    private static final Duration BUCKET = Duration.ofSeconds(2);
    private static final Duration GRACE = Duration.ofSeconds(20); // longer than keys are looked at
    private static final String PASSWORD = "custody";
    private static final int RATE = 1_500;

    @TempDir
    static Path keys;

    private final Map<String, LookupCipher> ciphers = new HashMap<>();

    CustodyTest() {
        super(
                KEPT,
                BUCKET,
                Map.of(
                        "custody.class",
                        KeystoreCustody.class.getName(),
                        "custody.keystore.location",
                        keys.resolve("lookups.p12").toString(),
                        "custody.keystore.password",
                        PASSWORD,
                        "vault.expiry.grace",
                        GRACE.toSeconds() + "s"));
    }

    @BeforeAll
    static void makeTheFile() throws IOException {
        KeystoreCustody.create(keys.resolve("lookups.p12"), PASSWORD.toCharArray());
    }

    @Override
    TopicLog.Opening opening(String retentionClass) {
        return (key, value) -> {
            assertThat(value[0]).as("encrypted").isEqualTo(LookupCipher.SEALED);
            return cipher(keys.resolve("lookups.p12"), retentionClass).open(key, value);
        };
    }

    private LookupCipher cipher(Path file, String retentionClass) {
        return ciphers.computeIfAbsent(
                file.getFileName() + retentionClass, each -> new LookupCipher(custody(file), retentionClass));
    }

    private static KeyCustody custody(Path file) {
        KeyCustody custody = new KeystoreCustody();
        custody.configure(Map.of("keystore.location", file.toString(), "keystore.password", PASSWORD));
        return custody;
    }

    @Test
    void nobodyCanReadACopyOnceItsKeysAreDestroyed() throws Exception {
        first.start();
        second.start();
        first.awaitReady();
        second.awaitReady();
        traffic.flow(RATE);
        long until = CLOCK.millis() + KEPT.dividedBy(2).toMillis();
        await().atMost(LIMIT).until(() -> CLOCK.millis() >= until);
        traffic.pause();
        List<ConsumerRecord<byte[], byte[]>> copy = copyOfTheShortLedger();
        Path backup = Files.copy(keys.resolve("lookups.p12"), keys.resolve("backup.p12"));
        Set<String> handles = opened(copy, keys.resolve("lookups.p12"));
        assertThat(handles).as("lookups in the copy, each readable").hasSameSizeAs(copy);
        long lastDeadline = copy.stream()
                        .mapToLong(each -> LedgerKey.occurredAt(each.key()))
                        .max()
                        .orElseThrow()
                + KEPT.toMillis();
        say("copied %s lookups of the ledger, and the keys", copy.size());

        kill(second, "one of two");
        UUID request = UUID.randomUUID();
        Command.Submit submit = submit(request);
        String digest = send(submit, LocalStack.INTAKE_OFFICER);
        awaitState(request, CaseState.AWAITING_APPROVAL);
        send(new Command.Approve(request, UUID.randomUUID(), CLOCK.instant(), digest), LocalStack.APPROVING_OFFICER);
        awaitState(request, CaseState.SEALED);
        readModel();
        Set<Model.Row> answer = modelsAnswer(request, submit);
        assertThat(answer).isNotEmpty();
        extractHolds(request, answer);
        second.start();

        KeyCustody current = custody(keys.resolve("lookups.p12"));
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(200)).until(() -> current.count(Model.SHORT) == 0);
        assertThat(CLOCK.millis()).as("not before deadline and grace").isGreaterThan(lastDeadline + GRACE.toMillis());
        assertThat(current.count("default")).as("keys of what is kept").isPositive();
        ciphers.clear();
        assertThat(opened(copy, keys.resolve("lookups.p12")))
                .as("lookups in the copy, readable still")
                .isEmpty();
        assertThat(opened(copy, backup))
                .as("with the keys that were copied as well")
                .hasSameSizeAs(copy);
        second.awaitReady();
        vaultHoldsTheModel("with the keys of all that is forgotten destroyed");
    }

    private List<ConsumerRecord<byte[], byte[]>> copyOfTheShortLedger() throws Exception {
        List<ConsumerRecord<byte[], byte[]>> copy = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        Topic<byte[], byte[]> ledger =
                new Topic<>(topics.ledger(Model.SHORT).name(), Serdes.ByteArray(), Serdes.ByteArray());
        try (TopicLog<byte[]> raw = new TopicLog<>(stack.config(), ledger)) {
            raw.read().forEach(each -> {
                if (each.value() != null && !LedgerKey.isProgress(each.key()) && seen.add(id(each.key()))) {
                    copy.add(each);
                }
            });
        }
        return copy;
    }

    /** The lookups of a copy that can be read with these keys. */
    private Set<String> opened(List<ConsumerRecord<byte[], byte[]>> copy, Path file) {
        Set<String> readable = new HashSet<>();
        for (ConsumerRecord<byte[], byte[]> each : copy) {
            byte[] value = cipher(file, Model.SHORT).open(each.key(), each.value());
            if (value != null) {
                assertThat(topics.ledger(Model.SHORT)
                                .value()
                                .deserializer()
                                .deserialize(each.topic(), value)
                                .getEvent()
                                .getRequester())
                        .startsWith("+1");
                readable.add(id(each.key()));
            }
        }
        return readable;
    }

    private static String id(byte[] key) {
        return new String(key, StandardCharsets.ISO_8859_1);
    }
}
