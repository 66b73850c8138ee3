package dev.lookback.tool;

import dev.lookback.bench.Tool;
import dev.lookback.config.LookbackConfig;
import dev.lookback.local.LocalStack;
import dev.lookback.policy.PolicyHistory;
import dev.lookback.retention.RetentionClass;
import dev.lookback.seal.Manifest;
import dev.lookback.topics.Topic;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.LegalRequestStatus;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.apache.kafka.clients.consumer.Consumer;
import org.jspecify.annotations.Nullable;

/** Our commands' ways, for a measurement to go. */
final class BenchTool implements Tool {
    private final LookbackConfig config;
    private final Clock clock;
    private final Cases cases;
    private final Consumer<byte[], byte[]> consumer;

    BenchTool(LookbackConfig config, Clock clock) {
        this.config = config;
        this.clock = clock;
        this.cases = new Cases(config, clock);
        this.consumer = Kafka.consumer(config);
    }

    @Override
    public List<String> runCommand(Path configFile) {
        return List.of(Main.class.getName(), "run", "--config", configFile.toString());
    }

    @Override
    public void follow(UUID request) {
        cases.follow(request);
    }

    @Override
    public void post(UUID request, String jws) {
        cases.post(request, jws);
    }

    @Override
    public @Nullable LegalRequestStatus await(UUID request, CaseState state, Duration limit) {
        return cases.await(request, each -> each.getState() == state, limit);
    }

    @Override
    public Manifest verified(UUID request, PublicKey key) {
        return Demo.verified(cases.sealed(request), key);
    }

    @Override
    public void retain(LocalStack stack, String name, Duration duration) {
        RetentionClass retentionClass =
                Objects.requireNonNull(config.retentionClasses().get(name), name);
        PolicyChanges changes = new PolicyChanges(config, retentionClass, clock);
        changes.set(Policies.read(config), duration, "to be measured", pen(stack, LocalStack.RETENTION_OFFICER));
        Policies proposed = Policies.read(config);
        PolicyHistory.Proposal proposal = proposed.history().proposal(name, clock.instant());
        if (proposal != null) {
            changes.approve(proposed, proposal, pen(stack, LocalStack.SECOND_RETENTION_OFFICER));
        }
    }

    private static PolicyChanges.Pen pen(LocalStack stack, String officer) {
        return Signer.pen(officer, stack.officerKeys(officer).getPrivate());
    }

    @Override
    public List<ExpiryReceipt> receipts() {
        Topic<String, ExpiryReceipt> topic = config.topics().expiryReceipts();
        List<ExpiryReceipt> receipts = new ArrayList<>();
        Kafka.readAll(consumer, Kafka.partitions(consumer, topic.name()), record -> {
            receipts.add(topic.value().deserializer().deserialize(topic.name(), record.value()));
            return true;
        });
        return receipts;
    }

    @Override
    public void close() {
        cases.close();
        consumer.close();
    }
}
