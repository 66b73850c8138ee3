package dev.lookback.app;

import static dev.lookback.config.LookbackConfig.DISCLOSURE_POLICY_FILE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lookback.config.Example;
import dev.lookback.disclosure.DisclosurePolicies;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DisclosurePolicyFileTest {
    @TempDir
    Path directory;

    @Test
    void without_a_file_the_packed_one_counts() {
        assertThat(DisclosurePolicyFile.load(Example.config())).isEqualTo(DisclosurePolicies.builtIn());
    }

    @Test
    void a_named_file_counts() {
        assertThat(DisclosurePolicyFile.load(
                                Example.config(DISCLOSURE_POLICY_FILE, "../deploy/disclosure-policy-subpoena.yaml"))
                        .name())
                .isEqualTo("court orders, search warrants and subpoenas");
    }

    @Test
    void a_missing_file_is_not_replaced_by_the_packed_one() {
        Path missing = directory.resolve("missing.yaml");

        assertThatThrownBy(() -> DisclosurePolicyFile.load(Example.config(DISCLOSURE_POLICY_FILE, missing.toString())))
                .isInstanceOf(ConfigException.class)
                .hasMessage("disclosure.policy.file=" + missing + ": there is no readable file");
        assertThatThrownBy(
                        () -> DisclosurePolicyFile.load(Example.config(DISCLOSURE_POLICY_FILE, directory.toString())))
                .isInstanceOf(ConfigException.class);
    }

    @Test
    void a_wrong_file_is_explained() throws IOException {
        Path wrong = Files.writeString(directory.resolve("wrong.yaml"), "{name: a, quota: {requests: 1}}");

        assertThatThrownBy(() -> DisclosurePolicyFile.load(Example.config(DISCLOSURE_POLICY_FILE, wrong.toString())))
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll(wrong.toString(), "\nquota.within: missing", "\ninstruments: missing");
    }

    @Test
    void a_file_that_anybody_can_change_does_not_count() throws IOException {
        Path policy =
                Files.copy(Path.of("../deploy/disclosure-policy-subpoena.yaml"), directory.resolve("policy.yaml"));
        Files.setPosixFilePermissions(policy, PosixFilePermissions.fromString("rw-r--rw-"));
        assertThatThrownBy(() -> DisclosurePolicyFile.load(Example.config(DISCLOSURE_POLICY_FILE, policy.toString())))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(
                        "disclosure.policy.file=" + policy + ": every user of this machine can change it");
        Files.setPosixFilePermissions(policy, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(DisclosurePolicyFile.load(Example.config(DISCLOSURE_POLICY_FILE, policy.toString())))
                .isNotNull();
    }

    @Test
    void a_file_without_an_end_is_not_read_to_it() {
        assertThatThrownBy(() -> DisclosurePolicyFile.load(Example.config(DISCLOSURE_POLICY_FILE, "/dev/zero")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("too large");
    }
}
