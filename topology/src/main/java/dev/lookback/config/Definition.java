package dev.lookback.config;

import static dev.lookback.config.LookbackConfig.*;

import dev.lookback.v1.Service;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Validator;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.jspecify.annotations.Nullable;

/** Every setting of Lookback's own, in the order of the reference page, which is generated from here. */
final class Definition {
    private final ConfigDef def = new ConfigDef();
    private String group = "";
    private int order;

    /** All settings but those of single retention classes. */
    static ConfigDef settings() {
        Definition all = new Definition();
        all.section("General");
        all.text(
                TOPIC_PREFIX,
                "",
                Allowed.matching("letters, digits, '.', '_', '-'", "[a-zA-Z0-9._-]{0,100}"),
                "Put before the name of every topic.");
        all.text(
                APPLICATION_ID_PREFIX,
                "lookback-",
                Allowed.matching("letters, digits, '.', '_', '-'", "[a-zA-Z0-9._-]{1,100}"),
                "Put before the role to name the Kafka Streams application, and with it its consumer group and internal"
                        + " topics (`lookback-ingest`). Changing it later orphans them: the application starts as a new one.");
        all.list(
                ROLES,
                "ingest,vault,casework",
                Allowed.eachOf(Role.class),
                "What this process runs. One application for each; the ticker comes with casework.");
        all.text(
                STATE_DIR,
                "/var/lib/lookback",
                Allowed.matching("a directory", ".+"),
                "Where the vault keeps retained lookups. Created with access for the owner only. Lookback needs one of its own.");
        all.text(
                TOKEN_KEY_FILE,
                "",
                Allowed.anything("a file"),
                "File with the secret key that turns handles into tokens: 16 bytes, in hexadecimal or Base64, closed to"
                        + " other users (`chmod 640` or stricter). Every process that runs a role needs the same one, and"
                        + " does not start without it, nor with another one than that of the ledgers. Losing it makes"
                        + " what is stored unfindable.");
        all.duration(
                COMMIT_INTERVAL,
                "5s",
                "100ms",
                "5m",
                "How often ingest and vault commit what they have read. A crash repeats at most this much; repeating is harmless.");

        all.section("Clock");
        all.duration(
                CLOCK_JUMP_MAX,
                "1m",
                "100ms",
                "1h",
                "How far this machine's clock may step at once, or be from the brokers', and still be trusted. Beyond that"
                        + " nothing is forgotten until an officer confirms the clock (`lookback clock`).");
        all.duration(
                CLOCK_CHECK_INTERVAL,
                "1m",
                "1s",
                "1h",
                "How often this machine's clock is compared with the brokers'. Every 5 s at least while it is in doubt.");

        all.section("HTTP");
        all.text(
                HTTP_HOST,
                "127.0.0.1",
                Allowed.matching("a host name or address", "\\S+"),
                "Address on which `/health/live`, `/health/ready`, `/metrics` and `/vault` (what the vault holds: counts"
                        + " and digests) answer. On loopback anybody on this machine may ask, unless more is configured. No"
                        + " process starts on another address without `http.ssl.keystore.*` and one of"
                        + " `http.bearer.token.file` and `http.ssl.truststore.*` (docs/SECURITY.md).");
        all.whole(HTTP_PORT, 8080, 0, 65535, "Its port; 0 picks any free one and logs it.");
        all.text(
                HTTP_SSL_KEYSTORE_LOCATION,
                "",
                Allowed.anything("a file"),
                "PKCS#12 keystore with the key and certificate of these endpoints. They speak TLS (1.3 or 1.2) then and"
                        + " nothing else. A file that is replaced is taken up within a minute. `lookback retention audit"
                        + " --vault` shows the certificate to an instance that asks for one.");
        all.password(HTTP_SSL_KEYSTORE_PASSWORD, "Password of that keystore and of the key in it.");
        all.text(
                HTTP_SSL_TRUSTSTORE_LOCATION,
                "",
                Allowed.anything("a file"),
                "PKCS#12 truststore with the authorities (CAs) that sign callers' certificates: who has none of theirs"
                        + " cannot ask. Replaced like the keystore. `lookback retention audit --vault` trusts instances"
                        + " whose certificates they have signed; without it, those that the JDK trusts.");
        all.password(HTTP_SSL_TRUSTSTORE_PASSWORD, "Password of that truststore.");
        all.text(
                HTTP_BEARER_TOKEN_FILE,
                "",
                Allowed.anything("a file"),
                "File with the token that callers must send (`Authorization: Bearer …`): 32 to 256 letters, digits or"
                        + " `-._~+/=`, closed to other users. Up to four, one a line, are good at the same time; read at"
                        + " each request, so that a change counts at once. `lookback retention audit --vault` sends the"
                        + " first.");
        all.flag(
                HTTP_HEALTH_UNAUTHENTICATED,
                false,
                "Whether `/health/live` and `/health/ready` answer without token and certificate, for probes that have"
                        + " none, such as Kubernetes'. They say which role is not running, and no more.");

        all.section("Topics");
        all.text(
                TOPICS_FILE,
                "",
                Allowed.anything("a file"),
                "A topics.yaml to use in place of the one that is packed in (`deploy/topics.yaml`).");
        all.optionalWhole(
                TOPICS_PARTITIONS_EVENTS,
                1,
                10_000,
                "Partitions of `lookup-events` and `lookup-events-rejected`, in place of what topics.yaml says.");
        all.optionalWhole(
                TOPICS_PARTITIONS_LEDGERS,
                1,
                10_000,
                "Partitions of every ledger and of what must match them (n), in place of what topics.yaml says. Cannot be changed once they exist.");
        all.optionalWhole(
                TOPICS_PARTITIONS_REQUESTS,
                1,
                10_000,
                "Partitions of the topics by legal request (m), in place of what topics.yaml says. Cannot be changed once they exist.");
        all.optionalWhole(
                TOPICS_REPLICATION,
                1,
                100,
                "Copies of every partition, in place of what topics.yaml says. 1 on a single broker.");

        all.section("Access to the brokers");
        all.text(
                ACLS_FILE,
                "",
                Allowed.anything("a file"),
                "YAML file that says which principals have which role of `deploy/acls.yaml`, and what others may do"
                        + " (docs/SECURITY.md). `lookback acls` needs it; nothing else does.");

        all.section("Ingest");
        all.duration(
                INGEST_MAX_LATE,
                "12h",
                "1s",
                "30d",
                "A lookup that arrives later than this after it happened is rejected LATE. Also part of the bound within"
                        + " which a forgotten lookup's bytes are gone from the brokers (this + about 8 h: `lookback retention bound`).");
        all.duration(
                INGEST_MAX_FUTURE,
                "5m",
                "0s",
                "1h",
                "A lookup dated further ahead than this is rejected FUTURE. Added to the ledgers' `retention.ms`.");
        all.whole(
                INGEST_MAX_RECORD_BYTES, 65_536, 256, 1_000_000, "A record whose value is larger (bytes) is rejected.");
        all.whole(INGEST_THREADS, 1, 1, 256, "Stream threads of ingest in this process.");
        all.duration(
                INGEST_REGISTRY_WAIT,
                "1m",
                "1s",
                "4m",
                "How long a record waits for a schema registry that does not answer before its thread is replaced and begins again. Readiness is false meanwhile, and nothing is rejected.");
        all.duration(INGEST_REGISTRY_BACKOFF, "1s", "10ms", "1m", "Pause between two questions to such a registry.");
        all.duration(
                INGEST_PROGRESS_INTERVAL,
                "1s",
                "50ms",
                "1m",
                "How often ingest writes its progress into the ledgers, and takes up new policies. A search waits for it.");
        all.duration(
                INGEST_PROGRESS_REPEAT,
                "30s",
                "1s",
                "1h",
                "After how long progress is written again though nothing has changed.");
        all.text(
                GEOIP_CITY_DATABASE,
                "",
                Allowed.anything("a file"),
                "GeoIP database of cities (.mmdb). Without one, lookups are admitted with `geoStatus` NO_DATABASE.");
        all.text(
                GEOIP_ASN_DATABASE,
                "",
                Allowed.anything("a file"),
                "GeoIP database of networks (.mmdb), for AS number and organisation.");
        all.duration(
                GEOIP_REFRESH_INTERVAL,
                "1m",
                "1s",
                "1d",
                "How often the database files are looked at; a replaced one is loaded without a restart.");

        all.section("Retention");
        all.duration(RETENTION_MIN, "1h", "1s", "3650d", "No class may keep lookups for less.");
        all.duration(RETENTION_MAX, "30d", "1s", "3650d", "No class may keep lookups for longer.");
        all.list(
                RETENTION_CLASSES,
                "default",
                Allowed.eachMatching(
                        "a list of names of lower-case letters, digits and hyphens",
                        "[a-z0-9]([a-z0-9-]{0,60}[a-z0-9])?"),
                "The retention classes, in the order in which their rules are asked; the first that claims a lookup has it."
                        + " `default` always exists, claims the rest, and need not be listed.");

        all.section("Cryptographic erase");
        all.text(
                CUSTODY_CLASS,
                "",
                Allowed.matching("a class name", "[\\w.$]*"),
                "Encrypts every retained lookup under a key for its class and bucket, and destroys the key "
                        + "`vault.expiry.grace` after the bucket's deadline, which makes all copies unreadable, backups"
                        + " too: the name of the class that keeps the keys. `dev.lookback.custody.KeystoreCustody` keeps"
                        + " them in a PKCS#12 file; another implements `dev.lookback.custody.KeyCustody` and is given all"
                        + " settings that begin with `custody.`, `custody.param.*` among them. Empty: nothing is"
                        + " encrypted. The same for every process with ingest or vault. docs/FORGETTING.md says what it"
                        + " costs, and what must not be backed up.");
        all.text(
                CUSTODY_KEYSTORE_LOCATION,
                "",
                Allowed.anything("a file"),
                "KeystoreCustody: the file, made if it does not exist. Every process with ingest or vault must see the"
                        + " same one. Losing it loses what is retained.");
        all.password(CUSTODY_KEYSTORE_PASSWORD, "KeystoreCustody: its password.");

        all.section("Vault");
        all.whole(VAULT_THREADS, 1, 1, 256, "Stream threads of the vault in this process.");
        all.whole(
                VAULT_STANDBYS,
                0,
                0,
                10,
                "Copies of every vault partition that other processes keep ready. 1 with two processes or more: a full vault takes long to restore.");
        all.duration(
                VAULT_WORK_INTERVAL,
                "100ms",
                "10ms",
                "1m",
                "How often each partition looks for something to forget or to search.");
        all.duration(
                VAULT_WORK_BUDGET,
                "200ms",
                "1ms",
                "10s",
                "The most that a thread spends on sweeps and searches together between two polls.");
        all.whole(
                VAULT_SLICE_ROWS,
                200_000,
                1,
                100_000_000,
                "The most rows that one sweep or search looks at in a turn, whatever the time.");
        all.whole(VAULT_ORDER_KEYS, 500, 1, 10_000, "The most keys in one expiry order.");
        all.whole(
                VAULT_OPEN_BUCKETS,
                64,
                1,
                10_000,
                "The most buckets of one class and partition that are being forgotten at the same time.");
        all.duration(
                VAULT_ORDER_REPEAT,
                "1m",
                "1s",
                "1d",
                "An order whose tombstones have not come back after this long is sent again.");
        all.duration(
                VAULT_EXPIRY_GRACE,
                "4h",
                "0s",
                "7d",
                "How long expiry waits for an unfinished search. Then forgetting wins, and the request's outcome says what was gone.");
        all.duration(VAULT_WAIT_ALERT, "5m", "1s", "7d", "When expiry has waited this long, the wait is reported.");
        all.duration(
                VAULT_FLUSH_INTERVAL,
                "10s",
                "100ms",
                "1h",
                "How often written rows are forced to disk, and the space of forgotten ones is reclaimed.");
        all.wholeLong(
                VAULT_MEMORY_BYTES,
                402_653_184L,
                16L * 1024 * 1024,
                1L << 46,
                "Memory (bytes) that the vault's stores in this process may use outside the Java heap: block cache and write buffers together.");

        all.section("Casework");
        all.whole(CASEWORK_THREADS, 1, 1, 256, "Stream threads of casework in this process.");
        all.duration(
                CASEWORK_COMMIT_INTERVAL,
                "100ms",
                "10ms",
                "10s",
                "How often casework commits its transaction: nothing that it writes can be read before. Each step of a case waits for it.");
        all.wholeLong(
                CASEWORK_MEMORY_BYTES,
                67_108_864L,
                8L * 1024 * 1024,
                1L << 46,
                "Memory (bytes) that casework's stores in this process may use outside the Java heap: block cache and write buffers together.");
        all.duration(
                TICKER_INTERVAL,
                "1s",
                "50ms",
                "1m",
                "How often the ticker writes into every partition of `legal-requests`. A request's searches wait for the next tick.");
        all.text(
                OFFICERS_FILE,
                "",
                Allowed.anything("a file"),
                "The officers whose signed orders count, with their public keys. No role starts without it, nor does the tool read policies: all must know who may change a retention or order an erasure. An officer whose orders are still in force is given a `validUntil`, not taken off the list: without the key, what was signed counts for nothing. Who gets another key has a second entry of the same id, whose `validFrom` is the `validUntil` of the first. Read when a process starts.");
        all.text(
                DISCLOSURE_POLICY_FILE,
                "",
                Allowed.anything("a file"),
                "What may be disclosed under which legal paper, and how many officers must approve"
                        + " (docs/DISCLOSURE-POLICY.md). Read at the start; the same for every process with casework. Empty:"
                        + " the one that is packed in (`deploy/disclosure-policy.yaml`). `lookback disclosure check` says what"
                        + " is wrong with a file.");
        all.text(
                SEALING_KEYSTORE_LOCATION,
                "",
                Allowed.anything("a file"),
                "PKCS#12 keystore with the Ed25519 key that signs manifests. Casework does not start without it.");
        all.password(SEALING_KEYSTORE_PASSWORD, "Password of that keystore and of the key in it.");
        all.text(
                SEALING_KEYSTORE_ALIAS,
                "lookback",
                Allowed.matching("an alias", ".+"),
                "Which entry of the keystore holds the key.");
        all.duration(
                CASEWORK_APPROVAL_TIMEOUT,
                "14d",
                "1s",
                "365d",
                "A request that nobody approved this long after its receipt lapses, and its copies are released.");
        all.duration(
                CASEWORK_EXTRACT_RETENTION,
                "7d",
                "1s",
                "365d",
                "A sealed case closes by itself after this time, and its copies are released.");
        all.duration(
                CASEWORK_CASE_RETENTION,
                "180d",
                "1m",
                "3650d",
                "How long after its end the outline of a case (id, state, digest, officers; no handles) is remembered. Longer than `casework.command.max.age`, so that no command counts twice.");
        all.duration(CASEWORK_COMMAND_MAX_AGE, "1d", "1m", "30d", "A command that was signed longer ago is refused.");
        all.whole(
                CASEWORK_PART_BYTES,
                524_288,
                1_024,
                1_000_000,
                "A part of an extract ends with the line that reaches this size (bytes).");
        all.duration(CASEWORK_SLICE_INTERVAL, "100ms", "10ms", "1m", "How often sealing and releasing go on.");
        all.duration(
                CASEWORK_SLICE_BUDGET, "100ms", "1ms", "10s", "For how long at a time, all cases of a task together.");
        all.duration(
                CASEWORK_FLUSH_INTERVAL,
                "10s",
                "100ms",
                "1h",
                "How often the space of released copies is reclaimed on casework's own disk.");
        all.duration(
                CASEWORK_ROLL_INTERVAL,
                "1h",
                "100ms",
                "6h",
                "How often each partition of `preserved-lookups` gets a record without meaning: brokers clean no segment that is still written to, and close one only when the next record comes.");
        all.duration(
                CASEWORK_PRESERVATION_DURATION,
                "90d",
                "1s",
                "365d",
                "How long a preservation request keeps its copies, and by how much one renewal prolongs it.");
        all.optionalDuration(
                CASEWORK_COLLECT_INTERVAL,
                "100ms",
                "1d",
                "How often what a standing order asks for is collected, as the lookups it covers come in and are forgotten"
                        + " like all others. Up to half of `retention.min`, and that unless set, but 30m"
                        + " at most.");
        all.duration(
                CASEWORK_AUDIT_CHECKPOINT_INTERVAL,
                "1h",
                "1s",
                "1d",
                "How often the heads of the chains in `disclosure-audit` are signed with the sealing key. Entries after the"
                        + " last signed head could be replaced by whoever can write to the topic.");
        return all.def;
    }

    /** The settings of one retention class, under names without {@code retention.class.<name>.}. */
    static ConfigDef retentionClass(boolean isDefault) {
        Definition all = new Definition();
        all.section("Retention classes");
        all.duration(
                CLASS_DURATION,
                isDefault ? "30d" : null,
                "1s",
                "3650d",
                "How long its lookups are kept, from when they happened. The first policy on record; later changes go through `lookback retention set`.");
        all.duration(
                CLASS_BUCKET,
                "1h",
                "1s",
                "1d",
                "Width of the window that expires as a whole: unreadable from its own deadline on, a lookup may lie in the"
                        + " store for so much longer. Narrower ones cost a search for a requester more seeks, one in each"
                        + " (docs/MEASUREMENTS.md). Fixed once the ledger exists.");
        all.list(
                CLASS_CALLING_CODES,
                "",
                Allowed.eachMatching("a list of calling codes such as +49", "\\+[0-9]{1,7}"),
                "Requesters whose number begins with one of these belong to this class.");
        all.list(CLASS_SERVICES, "", Allowed.eachOf(Service.class), "Lookups of these services belong to this class.");
        return all.def;
    }

    private void section(String name) {
        group = name;
        order = 0;
    }

    private void text(String name, String defaultValue, Validator allowed, String doc) {
        define(name, Type.STRING, defaultValue, allowed, doc);
    }

    private void list(String name, String defaultValue, Validator allowed, String doc) {
        define(name, Type.LIST, defaultValue, allowed, doc);
    }

    private void password(String name, String doc) {
        define(name, Type.PASSWORD, "", Allowed.anything("a password"), doc);
    }

    private void flag(String name, boolean defaultValue, String doc) {
        define(name, Type.BOOLEAN, defaultValue, Allowed.anything("true or false"), doc);
    }

    private void duration(String name, @Nullable String defaultValue, String least, String most, String doc) {
        Object value = defaultValue == null ? ConfigDef.NO_DEFAULT_VALUE : defaultValue;
        define(name, Type.STRING, value, Allowed.durationBetween(least, most), doc);
    }

    private void optionalDuration(String name, String least, String most, String doc) {
        define(name, Type.STRING, null, Allowed.durationBetween(least, most), doc);
    }

    private void whole(String name, int defaultValue, int least, int most, String doc) {
        define(name, Type.INT, defaultValue, Allowed.wholeBetween(least, most), doc);
    }

    private void optionalWhole(String name, int least, int most, String doc) {
        define(name, Type.INT, null, Allowed.wholeBetween(least, most), doc);
    }

    private void wholeLong(String name, long defaultValue, long least, long most, String doc) {
        define(name, Type.LONG, defaultValue, Allowed.wholeBetween(least, most), doc);
    }

    private void define(String name, Type type, @Nullable Object value, Validator allowed, String doc) {
        def.define(name, type, value, allowed, Importance.MEDIUM, doc, group, order++, Width.MEDIUM, name);
    }
}
