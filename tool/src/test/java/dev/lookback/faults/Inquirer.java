package dev.lookback.faults;

import dev.lookback.casework.Command;
import dev.lookback.casework.CommandCodec;
import dev.lookback.disclosure.InstrumentType;
import dev.lookback.local.LocalStack;
import dev.lookback.topics.RequestPartitioner;
import dev.lookback.topics.Topic;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.LegalRequestCommand;
import dev.lookback.v1.SelectorRole;
import dev.lookback.v1.SignedCommand;
import java.security.PrivateKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** Two officers who file requests and approve them, one after the other and all the time. */
final class Inquirer implements AutoCloseable {
    private static final Duration BACK = Duration.ofMinutes(5);
    private static final int EITHER_EVERY = 10;
    private static final Duration PACE = Duration.ofMillis(50);
    private static final Command.Instrument COURT_ORDER = new Command.Instrument(
            InstrumentType.COURT_ORDER, "2026/1", "District Court", "Example", null, null, "0".repeat(64));

    private final Observer observer;
    private final Clock clock;
    private final Topic<String, LegalRequestCommand> topic;
    private final KafkaProducer<String, LegalRequestCommand> producer;
    private final PrivateKey intake;
    private final PrivateKey approver;
    private final List<String> longKept;
    private final List<String> shortKept;
    private final SplittableRandom random;
    private final int partitions;
    private final List<Inquiry> filed = new CopyOnWriteArrayList<>();
    private final Thread thread = new Thread(this::run, "inquirer");
    private final Duration interval;
    private volatile boolean stopping;
    private volatile boolean pausing;
    private volatile @Nullable Throwable failure;

    /**
     * Begins.
     *
     * @param interval from request to request
     * @param longKept handles to ask about, of requesters whose lookups are kept for long
     * @param shortKept the same of the short class
     */
    Inquirer(
            LocalStack stack,
            Map<String, Object> producerSettings,
            Observer observer,
            Clock clock,
            long seed,
            Duration interval,
            List<String> longKept,
            List<String> shortKept) {
        this.observer = observer;
        this.clock = clock;
        this.topic = stack.config().topics().legalRequests();
        this.producer = new KafkaProducer<>(
                producerSettings, topic.key().serializer(), topic.value().serializer());
        this.intake = stack.officerKeys(LocalStack.INTAKE_OFFICER).getPrivate();
        this.approver = stack.officerKeys(LocalStack.APPROVING_OFFICER).getPrivate();
        this.longKept = longKept;
        this.shortKept = shortKept;
        this.interval = interval;
        this.random = new SplittableRandom(seed);
        this.partitions = producer.partitionsFor(topic.name()).size();
        observer.ask(evidence -> {
            longKept.forEach(evidence::watch);
            shortKept.forEach(evidence::watch);
            return null;
        });
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        long next = clock.millis() + interval.toMillis();
        try {
            while (!stopping) {
                if (!pausing && clock.millis() >= next) {
                    next = clock.millis() + interval.toMillis();
                    file();
                }
                approveWhatAwaitsIt();
                LockSupport.parkNanos(PACE.toNanos());
            }
        } catch (RuntimeException | Error e) {
            failure = e;
        }
    }

    private void approveWhatAwaitsIt() {
        long now = clock.millis();
        List<Inquiry> waiting = observer.ask(evidence -> evidence.open().stream()
                .peek(each -> {
                    boolean answered = !each.history.isEmpty()
                            && each.state() != CaseState.RECEIVED
                            && each.state() != CaseState.PRESERVING;
                    each.answeredAt = answered && each.answeredAt == 0 ? now : each.answeredAt;
                    each.sealedAt = each.isSealed() && each.sealedAt == 0 ? now : each.sealedAt;
                })
                .filter(each -> each.state() == CaseState.AWAITING_APPROVAL && !each.approved)
                .toList());
        for (Inquiry each : waiting) {
            each.approved = true;
            Command.Approve approval = new Command.Approve(each.id, UUID.randomUUID(), clock.instant(), each.digest);
            send(each.id, CommandCodec.sign(approval, LocalStack.APPROVING_OFFICER, approver));
        }
    }

    /** Files one now; the broker may not have it yet. */
    synchronized Inquiry file() {
        if (failure != null) {
            throw new IllegalStateException("the inquirer cannot go on", failure);
        }
        UUID id = UUID.randomUUID();
        String longKeptHandle = longKept.get(random.nextInt(longKept.size()));
        String shortKeptHandle = shortKept.get(random.nextInt(shortKept.size()));
        Instant now = Instant.ofEpochMilli(clock.millis());
        Instant from = now.minus(BACK);
        // About a handle as queried every row must be looked at: seldom, or searches would be all that is done.
        SelectorRole role = random.nextInt(EITHER_EVERY) == 0 ? SelectorRole.EITHER : SelectorRole.REQUESTER;
        String jws = CommandCodec.sign(
                new Command.Submit(
                        id,
                        UUID.randomUUID(),
                        now,
                        false,
                        COURT_ORDER,
                        List.of(
                                new Command.Ask(role, longKeptHandle, null),
                                new Command.Ask(SelectorRole.REQUESTER, shortKeptHandle, null)),
                        from,
                        now.plus(Duration.ofHours(1)), // as far as its receipt
                        Command.Particulars.NONE),
                LocalStack.INTAKE_OFFICER,
                intake);
        Inquiry inquiry =
                new Inquiry(id, role, longKeptHandle, shortKeptHandle, from.toEpochMilli(), CommandCodec.digest(jws));
        observer.ask(evidence -> {
            evidence.filed(inquiry);
            return null;
        });
        filed.add(inquiry);
        send(id, jws);
        return inquiry;
    }

    private void send(UUID request, String jws) {
        producer.send(new ProducerRecord<>(
                topic.name(),
                RequestPartitioner.partition(request, partitions),
                request.toString(),
                new LegalRequestCommand(new SignedCommand(jws))));
    }

    /** All that were filed. */
    List<Inquiry> filed() {
        return filed;
    }

    /** No more requests, but those under way go on. */
    void pause() {
        pausing = true;
    }

    void resume() {
        pausing = false;
    }

    @Override
    public void close() throws InterruptedException {
        stopping = true;
        thread.join();
        producer.close(Duration.ZERO);
    }
}
