package dev.lookback.architecture;

import dev.lookback.casework.CaseworkSettings;
import dev.lookback.casework.CaseworkTopology;
import dev.lookback.clock.Timekeeper;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import dev.lookback.disclosure.TestPolicies;
import dev.lookback.geo.GeoLookup;
import dev.lookback.handle.Tokens;
import dev.lookback.ingest.IngestSettings;
import dev.lookback.ingest.IngestTopology;
import dev.lookback.officers.Officers;
import dev.lookback.vault.LedgerStart;
import dev.lookback.vault.VaultResources;
import dev.lookback.vault.VaultSettings;
import dev.lookback.vault.VaultTopology;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.util.List;
import java.util.OptionalLong;
import org.apache.kafka.streams.Topology;

/** The three topologies, to be looked at and not to be run. */
public final class Topologies {
    private static final Tokens TOKENS = new Tokens(new byte[Tokens.KEY_LENGTH]);

    private Topologies() {}

    /** The topology of a role. */
    public static Topology of(LookbackConfig config, Role role) throws GeneralSecurityException {
        return switch (role) {
            case INGEST -> ingest(config);
            case VAULT -> vault(config);
            case CASEWORK -> casework(config);
        };
    }

    private static Topology ingest(LookbackConfig config) {
        return new IngestTopology(
                        config.topics(),
                        config.retentionClasses(),
                        TOKENS,
                        new Officers(List.of()),
                        null,
                        GeoLookup.none(),
                        partition -> OptionalLong.empty(),
                        IngestSettings.DEFAULTS,
                        new SimpleMeterRegistry(),
                        Timekeeper.trusting())
                .get();
    }

    private static Topology vault(LookbackConfig config) {
        try (VaultResources resources = new VaultResources(8 << 20, LedgerStart.ZERO)) {
            return new VaultTopology(
                            VaultSettings.DEFAULTS,
                            config.topics(),
                            config.retentionClasses(),
                            TOKENS,
                            new Officers(List.of()),
                            null,
                            resources,
                            new SimpleMeterRegistry(),
                            () -> 0,
                            Timekeeper.trusting())
                    .build();
        }
    }

    private static Topology casework(LookbackConfig config) throws GeneralSecurityException {
        return new CaseworkTopology(
                        config.topics(),
                        CaseworkSettings.DEFAULTS,
                        TestPolicies.OPEN,
                        new Officers(List.of()),
                        KeyPairGenerator.getInstance("Ed25519").generateKeyPair(),
                        TOKENS,
                        1,
                        1,
                        "test",
                        new SimpleMeterRegistry(),
                        Timekeeper.trusting())
                .topology();
    }
}
