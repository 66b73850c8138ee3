package dev.lookback.app;

import static dev.lookback.config.LookbackConfig.*;

import dev.lookback.casework.CaseworkSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.ingest.IngestSettings;
import dev.lookback.vault.VaultSettings;

/** What each topology is told of the configuration. */
final class RoleSettings {
    private RoleSettings() {}

    static IngestSettings ingest(LookbackConfig config) {
        return new IngestSettings(
                config.duration(INGEST_MAX_LATE),
                config.duration(INGEST_MAX_FUTURE),
                config.integer(INGEST_MAX_RECORD_BYTES),
                config.duration(INGEST_REGISTRY_WAIT),
                config.duration(INGEST_REGISTRY_BACKOFF),
                config.duration(INGEST_PROGRESS_INTERVAL),
                config.duration(INGEST_PROGRESS_REPEAT));
    }

    static VaultSettings vault(LookbackConfig config) {
        return new VaultSettings(
                config.duration(VAULT_WORK_INTERVAL),
                config.duration(VAULT_WORK_BUDGET),
                config.integer(VAULT_SLICE_ROWS),
                config.integer(VAULT_ORDER_KEYS),
                config.integer(VAULT_OPEN_BUCKETS),
                config.duration(VAULT_ORDER_REPEAT),
                config.duration(VAULT_EXPIRY_GRACE),
                config.duration(VAULT_WAIT_ALERT),
                config.duration(VAULT_FLUSH_INTERVAL));
    }

    static CaseworkSettings casework(LookbackConfig config) {
        return new CaseworkSettings(
                config.duration(CASEWORK_APPROVAL_TIMEOUT),
                config.duration(CASEWORK_EXTRACT_RETENTION),
                config.duration(CASEWORK_CASE_RETENTION),
                config.duration(CASEWORK_PRESERVATION_DURATION),
                config.collectInterval(),
                config.duration(INGEST_MAX_LATE).plus(config.duration(INGEST_MAX_FUTURE)),
                config.duration(CASEWORK_AUDIT_CHECKPOINT_INTERVAL),
                config.duration(CASEWORK_COMMAND_MAX_AGE),
                config.integer(CASEWORK_PART_BYTES),
                config.duration(CASEWORK_SLICE_INTERVAL),
                config.duration(CASEWORK_SLICE_BUDGET),
                config.duration(CASEWORK_FLUSH_INTERVAL),
                config.duration(CASEWORK_ROLL_INTERVAL));
    }
}
