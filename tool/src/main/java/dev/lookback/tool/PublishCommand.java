package dev.lookback.tool;

import dev.lookback.config.LookbackConfig;
import dev.lookback.topics.Topic;
import dev.lookback.v1.LookupEvent;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "publish",
        description = "Publish lookups from JSON lines (one LookupEvent a line) to the topic lookup-events.",
        footer = {
            "",
            "A file is checked as a whole first: if a line is wrong, nothing of it is published. Standard input is"
                    + " published as it comes, up to the first wrong line. Publishing a line again changes nothing:"
                    + " eventId, requester and occurredAt make one row.",
            "",
            "Examples:",
            "  lookback publish --check lookups.jsonl",
            "  lookback publish --client search-frontend lookups.jsonl",
            "  zcat yesterday.jsonl.gz | lookback publish -",
        })
final class PublishCommand implements Callable<Integer> {
    private static final String STANDARD_INPUT = "-";
    private static final int MAX_SHOWN_ERRORS = 20;
    private static final int PROGRESS_EVERY = 10_000;

    private final Surroundings surroundings;

    @Parameters(paramLabel = "FILE|-", description = "File with JSON lines; - reads standard input.")
    private String source = STANDARD_INPUT;

    @Option(names = "--check", description = "Only check the lines. Needs neither broker nor settings.")
    private boolean checkOnly;

    @Option(
            names = "--client",
            paramLabel = "NAME",
            description = "Your name: sent in the record header `client`, shown in metrics and rejections.")
    private String client = "lookback-publish";

    @Mixin
    private final Settings settings = new Settings();

    @Mixin
    private final Json json = new Json();

    PublishCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        boolean file = !source.equals(STANDARD_INPUT);
        Check check = new Check();
        if (file || checkOnly) {
            readLines(check);
            if (check.wrong > 0) {
                throw ToolException.failed(Console.count(check.wrong) + " of " + Console.count(check.wrong + check.good)
                        + " lines are wrong; nothing was published.");
            }
        }
        if (checkOnly) {
            report("checked", check.good, Console.count(check.good) + " lookups, all in good form.");
            return ExitCodes.OK;
        }
        LookbackConfig config = settings.load(surroundings.environment());
        Topic<byte[], LookupEvent> topic = config.topics().lookupEvents();
        long start = surroundings.clock().millis();
        try (Publication publication = new Publication(topic, Kafka.producer(config, topic), client)) {
            try {
                readLines(publication);
            } finally {
                publication.flush();
            }
            long millis = Math.max(1, surroundings.clock().millis() - start);
            report(
                    "published",
                    publication.acknowledged.get(),
                    Console.count(publication.acknowledged.get()) + " lookups published to " + topic.name() + " in "
                            + millis + " ms, acknowledged by every in-sync replica.");
        }
        return ExitCodes.OK;
    }

    private void report(String word, long count, String line) {
        if (json.wanted) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put(word, count);
            surroundings.console().printJson(result);
        } else {
            surroundings.console().print(line);
        }
    }

    /** Takes one line after another. */
    private interface Lines {
        void line(String where, String text);

        String progress();
    }

    private void readLines(Lines lines) {
        boolean file = !source.equals(STANDARD_INPUT);
        String name = file ? source : "standard input";
        BufferedReader reader = null;
        try {
            reader = file ? Files.newBufferedReader(Path.of(source), StandardCharsets.UTF_8) : surroundings.input();
            long number = 0;
            for (String text = reader.readLine(); text != null; text = reader.readLine()) {
                number++;
                if (!text.isBlank()) {
                    lines.line(name + ":" + number, text);
                }
                if (number % PROGRESS_EVERY == 0) {
                    surroundings.console().progress(lines.progress());
                }
            }
        } catch (CharacterCodingException e) {
            throw ToolException.failed(name + " is not text in UTF-8");
        } catch (IOException e) {
            throw ToolException.usage(name + " cannot be read: " + e.getClass().getSimpleName());
        } finally {
            surroundings.console().progressDone();
            if (file) {
                close(reader);
            }
        }
    }

    private static void close(@Nullable BufferedReader reader) {
        try {
            if (reader != null) {
                reader.close();
            }
        } catch (IOException e) {
            // It was only read.
        }
    }

    /** Counts good and wrong lines and shows the first of the wrong ones. */
    private final class Check implements Lines {
        private long good;
        private long wrong;

        @Override
        public void line(String where, String text) {
            try {
                LookupLines.parse(text);
                good++;
            } catch (LookupLines.LineException e) {
                wrong++;
                if (wrong <= MAX_SHOWN_ERRORS) {
                    surroundings.console().progressDone();
                    surroundings.console().note(where + ": " + e.getMessage());
                } else if (wrong == MAX_SHOWN_ERRORS + 1) {
                    surroundings.console().note("… and more");
                }
            }
        }

        @Override
        public String progress() {
            return "checked " + Console.count(good + wrong);
        }
    }

    /** Publishes every line. */
    private static final class Publication implements Lines, AutoCloseable {
        private final Topic<byte[], LookupEvent> topic;
        private final KafkaProducer<byte[], LookupEvent> producer;
        private final List<Header> headers;
        private final AtomicLong acknowledged = new AtomicLong();
        private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

        Publication(Topic<byte[], LookupEvent> topic, KafkaProducer<byte[], LookupEvent> producer, String client) {
            this.topic = topic;
            this.producer = producer;
            this.headers = List.of(new RecordHeader("client", client.getBytes(StandardCharsets.UTF_8)));
        }

        @Override
        public void line(String where, String text) {
            LookupEvent event;
            try {
                event = LookupLines.parse(text);
            } catch (LookupLines.LineException e) {
                flush();
                throw ToolException.failed(where + ": " + e.getMessage() + " (" + Console.count(acknowledged.get())
                        + " lookups before it were published; to go on, mend it and send all again)");
            }
            byte[] key = event.getRequester().getBytes(StandardCharsets.UTF_8);
            producer.send(new ProducerRecord<>(topic.name(), null, key, event, headers), (metadata, error) -> {
                if (error == null) {
                    acknowledged.incrementAndGet();
                } else {
                    failure.compareAndSet(null, error);
                }
            });
            check();
        }

        @Override
        public String progress() {
            return "published " + Console.count(acknowledged.get());
        }

        void flush() {
            producer.flush();
            check();
        }

        private void check() {
            Exception error = failure.get();
            if (error != null) {
                throw ToolException.unavailable("Kafka did not take a lookup (" + error.getMessage() + "); "
                        + Console.count(acknowledged.get()) + " were published. Sending all again does no harm.");
            }
        }

        @Override
        public void close() {
            producer.close();
        }
    }
}
