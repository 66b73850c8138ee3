package dev.lookback.config;

import static dev.lookback.config.Example.config;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.ProductionExceptionHandler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientSettingsTest {
    @ParameterizedTest
    @EnumSource(Role.class)
    void kafka_streams_takes_them(Role role) {
        StreamsConfig streams = new StreamsConfig(ClientSettings.streams(config(), role));
        assertThat(streams.getString("application.id")).isEqualTo("lookback-" + role.label());
        Map<String, Object> consumer = streams.getMainConsumerConfigs("g", "c", 0);
        assertThat(consumer).containsEntry(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5_000);
        assertThat(streams.getProducerConfigs("p"))
                .containsEntry(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4")
                .containsEntry(ProducerConfig.BATCH_SIZE_CONFIG, 256 * 1024);
    }

    @ParameterizedTest
    @EnumSource(
            value = Role.class,
            names = {"VAULT", "CASEWORK"})
    void who_reads_casework_reads_committed_records_with_every_consumer(Role role) {
        StreamsConfig streams = new StreamsConfig(ClientSettings.streams(config(), role));
        assertThat(streams.getMainConsumerConfigs("g", "c", 0)).containsEntry("isolation.level", "read_committed");
        assertThat(streams.getRestoreConsumerConfigs("r")).containsEntry("isolation.level", "read_committed");
        assertThat(streams.getGlobalConsumerConfigs("g")).containsEntry("isolation.level", "read_committed");
    }

    /** Progress and END records say that all before them has been written: nothing may expire in the queue. */
    @ParameterizedTest
    @EnumSource(
            value = Role.class,
            names = {"INGEST", "VAULT"})
    void what_is_sent_never_expires_in_the_queue(Role role) {
        StreamsConfig streams = new StreamsConfig(ClientSettings.streams(config(), role));
        assertThat(streams.getProducerConfigs("p"))
                .containsEntry(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, Integer.MAX_VALUE);
    }

    /** Kafka Streams would begin one task again, and lose a record of another. */
    @ParameterizedTest
    @EnumSource(
            value = Role.class,
            names = {"INGEST", "VAULT"})
    void a_send_that_has_timed_out_ends_the_thread(Role role) {
        ProductionExceptionHandler handler =
                new StreamsConfig(ClientSettings.streams(config(), role)).productionExceptionHandler();
        ProductionExceptionHandler.Response answer = handler.handleError(
                null, new ProducerRecord<>("topic", new byte[0], new byte[0]), new TimeoutException("no room"));
        assertThat(answer.result()).isEqualTo(ProductionExceptionHandler.Result.FAIL);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "kafka.acks",
                "kafka.producer.acks",
                "kafka.producer.enable.idempotence",
                "kafka.delivery.timeout.ms",
                "kafka.production.exception.handler"
            })
    void what_order_rests_on_cannot_be_set(String name) {
        assertThatThrownBy(() -> config(name, "1"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(name);
    }

    @Test
    void only_casework_waits_for_inputs_that_are_empty() {
        assertThat(new StreamsConfig(ClientSettings.streams(config(), Role.INGEST)).getLong("max.task.idle.ms"))
                .isEqualTo(-1);
        assertThat(new StreamsConfig(ClientSettings.streams(config(), Role.VAULT)).getLong("max.task.idle.ms"))
                .isEqualTo(-1);
        assertThat(new StreamsConfig(ClientSettings.streams(config(), Role.CASEWORK)).getLong("max.task.idle.ms"))
                .isZero();
    }

    @Test
    void only_casework_is_exactly_once() {
        assertThat(ClientSettings.streams(config(), Role.CASEWORK))
                .containsEntry(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, "exactly_once_v2")
                .containsEntry(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100L);
        assertThat(ClientSettings.streams(config(), Role.VAULT))
                .containsEntry(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, "at_least_once")
                .containsEntry(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 5_000L);
    }

    @Test
    void topics_that_kafka_streams_creates_are_cleaned_within_a_day_of_writing() {
        assertThat(ClientSettings.streams(config(), Role.VAULT))
                .containsEntry("topic.segment.ms", 21_600_000L)
                .containsEntry("topic.max.compaction.lag.ms", 43_200_000L);
        assertThat(ClientSettings.streams(config("kafka.topic.segment.ms", "60000"), Role.CASEWORK))
                .containsEntry("topic.segment.ms", "60000");
    }

    @Test
    void only_what_lags_fetches_more_than_kafka_does_by_default() {
        StreamsConfig settings = new StreamsConfig(ClientSettings.streams(config(), Role.VAULT));
        assertThat(settings.getMainConsumerConfigs("g", "c", 0)).containsEntry("max.partition.fetch.bytes", 4_194_304);
        assertThat(settings.getRestoreConsumerConfigs("c")).doesNotContainKey("max.partition.fetch.bytes");
        assertThat(settings.getGlobalConsumerConfigs("c")).doesNotContainKey("max.partition.fetch.bytes");
    }

    @Test
    void what_the_user_sets_wins_also_when_it_is_wider_than_our_default() {
        Map<String, Object> wide = ClientSettings.streams(config("kafka.max.poll.records", "7"), Role.INGEST);
        assertThat(new StreamsConfig(wide).getMainConsumerConfigs("g", "c", 0)).containsEntry("max.poll.records", "7");
        Map<String, Object> narrow =
                ClientSettings.streams(config("kafka.main.consumer.max.poll.records", "9"), Role.INGEST);
        assertThat(new StreamsConfig(narrow).getMainConsumerConfigs("g", "c", 0))
                .containsEntry("max.poll.records", "9");
    }

    @Test
    void each_client_is_given_what_it_knows() {
        LookbackConfig config = config(
                "kafka.security.protocol", "SSL",
                "kafka.producer.linger.ms", "3",
                "kafka.max.poll.records", "7",
                "kafka.admin.request.timeout.ms", "1234",
                "kafka.num.standby.replicas.extra", "plug-in");
        assertThat(ClientSettings.admin(config))
                .containsEntry("security.protocol", "SSL")
                .containsEntry(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, "1234")
                .doesNotContainKeys("linger.ms", "max.poll.records", "producer.linger.ms");
        assertThat(ClientSettings.producer(config))
                .containsEntry("linger.ms", "3")
                .containsEntry("security.protocol", "SSL")
                .doesNotContainKey("max.poll.records");
        assertThat(ClientSettings.consumer(config)).containsEntry("max.poll.records", "7");
    }

    @Test
    void a_role_has_settings_of_its_own_that_win_over_those_for_all() {
        LookbackConfig config = config(
                "kafka.security.protocol", "SASL_SSL",
                "kafka.client.rack", "a",
                "vault.kafka.security.protocol", "SSL",
                "vault.kafka.main.consumer.max.poll.records", "7",
                "casework.kafka.admin.request.timeout.ms", "1234");
        assertThat(ClientSettings.streams(config, Role.INGEST)).containsEntry("security.protocol", "SASL_SSL");
        assertThat(ClientSettings.streams(config, Role.VAULT))
                .containsEntry("security.protocol", "SSL")
                .containsEntry("client.rack", "a")
                .containsEntry("main.consumer.max.poll.records", "7");
        assertThat(ClientSettings.admin(config)).containsEntry("security.protocol", "SASL_SSL");
        assertThat(ClientSettings.admin(config, Role.VAULT)).containsEntry("security.protocol", "SSL");
        assertThat(ClientSettings.admin(config, Role.CASEWORK))
                .containsEntry("security.protocol", "SASL_SSL")
                .containsEntry("request.timeout.ms", "1234");
        assertThat(ClientSettings.tickProducer(config, Role.VAULT)).containsEntry("security.protocol", "SSL");
        assertThat(ClientSettings.tickProducer(config, null)).containsEntry("security.protocol", "SASL_SSL");
    }
}
